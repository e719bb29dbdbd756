{#- One spelling for the values of both dialects: lower case, without blanks and other separators. -#}
{% macro spelling(text) %}lower(translate({{ text }}, ' _+-', '')){% endmacro %}

{#- Seconds of a duration, `HH:MM:SS`, which may be longer than a day. Null for anything else, such as
    1,000 hours or more: these are times since 1970 or other errors of the API. -#}
{% macro seconds(expression) -%}
    case
        when {{ ozonetel.matches(expression, '^[0-9]{1,3}:[0-9]{2}:[0-9]{2}$') }}
            then cast(split_part({{ expression }}, ':', 1) as integer) * 3600
                + cast(split_part({{ expression }}, ':', 2) as integer) * 60
                + cast(split_part({{ expression }}, ':', 3) as integer)
    end
{%- endmacro %}

{#- A number that may be a string, such as '4.5'. Null for anything else. -#}
{% macro number(expression) -%}
    case
        when {{ ozonetel.matches(expression, '^[0-9]{1,9}([.][0-9]{1,9})?$') }}
            then cast({{ expression }} as {{ dbt.type_numeric() }})
    end
{%- endmacro %}

{#- One spelling for a phone number: +91 and 10 digits for 0091…, 91…, +91…, 0… and 10 digits. The
    country is the variable ozonetel_country_code. Another number stays as it is, without blanks, and
    words such as `anonymous` are not a number. -#}
{% macro customer_key(number) -%}
    {%- set country = var('ozonetel_country_code') -%}
    {%- set compact -%}translate({{ number }}, ' ', ''){%- endset -%}
    case
        when {{ ozonetel.matches(compact, '^((00|[+]|0)?' ~ country ~ '|0)?[0-9]{10}$') }}
            then '+{{ country }}' || right({{ compact }}, 10)
        when {{ ozonetel.matches(compact, '^.*[0-9].*$') }}
            then {{ compact }}
    end
{%- endmacro %}

{% macro matches(expression, pattern) %}{{ return(adapter.dispatch('matches', 'ozonetel')(expression, pattern)) }}{% endmacro %}
{% macro default__matches(expression, pattern) %}{{ expression }} ~ '{{ pattern }}'{% endmacro %}
{% macro snowflake__matches(expression, pattern) %}regexp_like({{ expression }}, '{{ pattern }}'){% endmacro %}
