{#- The measures of calls by some of their columns. Sums come first, so that other periods can be
    computed from them. A sum is null if none of the calls has the value. An incremental model has all rows
    of a day replaced, if a call of the day has changed. -#}
{% macro measures(dimensions) %}
with calls as (

    select
        *,
        cast(extract(hour from started_at) as integer) as hour
    from {{ ref('ozonetel__calls') }}
    {%- if is_incremental() %}
    where call_date in (
        select call_date from {{ ref('ozonetel__calls') }} where {{ ozonetel.computed_since_last_build() }}
    )
    {%- endif %}

),

sums as (

    select
        {{ dimensions | join(', ') }},
        count(*) as calls,
        {{ ozonetel.count_outcome("outcome = 'answered'") }} as answered,
        {{ ozonetel.count_outcome("outcome = 'abandoned'") }} as abandoned,
        {{ ozonetel.count_outcome("outcome = 'abandoned' and waited_seconds < " ~ var('ozonetel_short_seconds')) }} as abandoned_short,
        {{ ozonetel.count_outcome("outcome = 'unanswered'") }} as unanswered,
        case
            when count(case when outcome = 'answered' then 1 end) > 0 then
                sum(case when outcome = 'answered' and seconds_to_answer is not null then
                    case when seconds_to_answer <= {{ var('ozonetel_answer_seconds') }} then 1 else 0 end
                end)
            when count(outcome) > 0 then 0
        end as answered_in_time,
        sum(case when outcome = 'answered' then seconds_to_answer end) as answer_seconds,
        sum(case when outcome = 'answered' then talk_seconds end) as talk_seconds,
        count(case when outcome = 'answered' then handling_seconds end) as handled,
        sum(case when outcome = 'answered' then handling_seconds end) as handling_seconds,
        sum(wrapup_seconds) as wrapup_seconds
    from calls
    group by {{ dimensions | join(', ') }}

)

select
    *,
    1.0 * answered_in_time / nullif(answered + abandoned + unanswered - abandoned_short, 0) as service_level,
    1.0 * answer_seconds / nullif(answered, 0) as average_speed_of_answer_seconds,
    1.0 * handling_seconds / nullif(handled, 0) as average_handling_seconds,
    1.0 * abandoned / nullif(answered + abandoned + unanswered, 0) as abandonment_rate,
    {{ ozonetel.run_start() }} as computed_at
from sums
{% endmacro %}

{% macro count_outcome(condition) -%}
sum(case when {{ condition }} then 1 when outcome is not null then 0 end)
{%- endmacro %}
