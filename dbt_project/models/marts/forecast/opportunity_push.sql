{# How often a deal's close date moved, from one open state to the next, as known now. What a first delivery tells is no move. #}
with spans as (

    select
        *,
        {{ days_between('last_open_expected_close_date', 'expected_close_date') }} as moved_days
    from {{ ref('pipeline_span') }}
    where view_code = 'as_known_now' and status_code = 'open' and not is_reconstructed

),

counted as (

    select
        opportunity_id,
        {{ count_where('moved_days > 0') }} as push_count,
        {{ count_where('moved_days < 0') }} as pull_count,
        cast(coalesce(sum(case when moved_days > 0 then moved_days end), 0) as bigint) as pushed_days,
        max(case when moved_days > 0 then from_date end) as last_pushed_date,
        min(case when expected_close_date is not null then span_number end) as first_dated_number,
        max(span_number) as last_number
    from spans
    group by opportunity_id

),

supported as (

    {{ supported_measures(['push_count']) }}

)

select
    counted.opportunity_id,
    {{ as_of_date() }} as as_of_date,
    counted.push_count,
    counted.pull_count,
    counted.pushed_days,
    counted.last_pushed_date,
    first_dated.expected_close_date as first_expected_close_date,
    latest.expected_close_date as last_expected_close_date
from counted
inner join spans as latest on counted.opportunity_id = latest.opportunity_id and counted.last_number = latest.span_number
left join spans as first_dated on counted.opportunity_id = first_dated.opportunity_id and counted.first_dated_number = first_dated.span_number
inner join supported on supported.push_count
