{#- Text, with null for an empty one: the API sends both for a missing value. -#}
{% macro text_or_null(expression) %}nullif({{ expression }}, ''){% endmacro %}

{#- One spelling for the values of both dialects: lower case, without blanks and underscores. -#}
{% macro spelling(text) %}lower(replace(replace({{ text }}, ' ', ''), '_', '')){% endmacro %}

{#- Seconds of a duration or a time of day, `HH:MM:SS`. Durations may be longer than a day. Null for
    anything else, such as an empty text. -#}
{% macro seconds(expression) -%}
    case
        when {{ ozonetel.matches(expression, '^[0-9]+:[0-9]{2}:[0-9]{2}$') }}
            then cast(split_part({{ expression }}, ':', 1) as integer) * 3600
                + cast(split_part({{ expression }}, ':', 2) as integer) * 60
                + cast(split_part({{ expression }}, ':', 3) as integer)
    end
{%- endmacro %}

{% macro matches(expression, pattern) %}{{ return(adapter.dispatch('matches', 'ozonetel')(expression, pattern)) }}{% endmacro %}
{% macro default__matches(expression, pattern) %}{{ expression }} ~ '{{ pattern }}'{% endmacro %}
{% macro snowflake__matches(expression, pattern) %}regexp_like({{ expression }}, '{{ pattern }}'){% endmacro %}

{#- The moment some seconds after the midnight of a day. -#}
{% macro moment(day, seconds) %}{{ return(adapter.dispatch('moment', 'ozonetel')(day, seconds)) }}{% endmacro %}
{% macro default__moment(day, seconds) %}cast({{ day }} as timestamp) + ({{ seconds }}) * interval '1 second'{% endmacro %}
{% macro snowflake__moment(day, seconds) %}dateadd(second, {{ seconds }}, cast({{ day }} as timestamp_ntz)){% endmacro %}

{#- The same, on the next day if the seconds are before the ones of the start. -#}
{% macro moment_after(day, seconds, start) -%}
{{ ozonetel.moment(day, seconds ~ ' + case when ' ~ seconds ~ ' < ' ~ start ~ ' then 86400 else 0 end') }}
{%- endmacro %}

{#- A day some days before another one. -#}
{% macro days_before(day, days) %}{{ return(adapter.dispatch('days_before', 'ozonetel')(day, days)) }}{% endmacro %}
{% macro default__days_before(day, days) %}cast({{ day }} as date) - {{ days }}{% endmacro %}
