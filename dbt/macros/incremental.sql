{#- Calls that `ozonetel__calls` computes again: those that it lacks, and those with a leg since the
    first day that may have changed. The year 2062 is not the latest day, as no day is later then: the
    latest is at most tomorrow, because the account's time zone may be ahead of the database's. -#}
{% macro changed_calls(lookback_days) -%}
{%- set calls = source('ozonetel', 'cdr_details') -%}
{%- set names = ozonetel.source_columns(calls) -%}
{%- set call_id = 'cast(' ~ ozonetel.key_column(names, 'CallID') ~ ' as ' ~ dbt.type_bigint() ~ ')' -%}
{{ call_id }} in (
            select {{ call_id }}
            from {{ calls }}
            left join (select call_id from {{ this }}) as known on known.call_id = {{ call_id }}
            where known.call_id is null
                or cast({{ ozonetel.key_column(names, 'CallDate') }} as date) >= (
                    select max(call_date) - {{ lookback_days }} from {{ this }} where call_date <= current_date + 1
                )
        )
{%- endmacro %}

{#- The condition of calls that were computed after the last build of an incremental model. The time is
    a constant, because databases read a table faster without a subquery for it. -#}
{% macro computed_since_last_build() -%}
{%- set found = run_query('select cast(max(computed_at) as ' ~ dbt.type_string() ~ ') from ' ~ this) if execute -%}
computed_at > cast('{{ (found.rows[0][0] if found) or '1970-01-01' }}' as timestamp)
{%- endmacro %}

{#- The start of the run, in UTC, without a fraction of a second: Snowflake would shorten it. -#}
{% macro run_start() -%}
cast('{{ run_started_at.strftime('%Y-%m-%d %H:%M:%S') }}' as timestamp)
{%- endmacro %}

{#- Deletes the rows of changed calls. An incremental build inserts those that still belong to the model. -#}
{% macro delete_changed_calls() -%}
delete from {{ this }}
where call_id in (
    {#- Without `render`, `--empty` would put an empty table in place of the calls. #}
    select call_id from {{ ref('ozonetel__calls').render() }} where {{ ozonetel.computed_since_last_build() }}
)
{%- endmacro %}
