"""The queries of the published border that look across tables, pushed down into DuckDB.

Belongs here: SQL that compares a mart with what it is made of. Does not: ranges of one table, or judging a difference.
Great Expectations takes only queries that begin with SELECT and a blank.
"""

RECONCILIATION = """SELECT * from (
with deals as (
    select opportunity_id, amount, true as in_mart from marts.fct_opportunity
), records as (
    select opportunity_id, amount, true as in_canonical from canonical.opportunity
), lonely as (
    select count(*) as n, min(coalesce(deals.opportunity_id, records.opportunity_id)) as example
    from deals full join records on deals.opportunity_id = records.opportunity_id
    where in_mart is null or in_canonical is null
), differing as (
    select min(records.opportunity_id) as example from records join deals using (opportunity_id)
    where records.amount is distinct from deals.amount
), measure as (
    select 'deal_count' as measure, 'marts.fct_opportunity' as subject, 'canonical.opportunity' as against,
        (select count(*) from records)::decimal(38,2) as expected, (select count(*) from deals)::decimal(38,2) as actual,
        (select example from lonely) as example
    union all
    select 'deal_amount', 'marts.fct_opportunity', 'canonical.opportunity',
        (select coalesce(sum(amount), 0) from records), (select coalesce(sum(amount), 0) from deals), (select example from differing)
    union all
    select 'deals_on_one_side_only', 'marts.fct_opportunity', 'canonical.opportunity',
        0, (select n from lonely), (select example from lonely)
    union all
    select 'open_deal_count', 'marts.funnel_by_stage', 'marts.fct_opportunity',
        (select count(*) from marts.fct_opportunity where is_open), (select coalesce(sum(open_count), 0) from marts.funnel_by_stage), null
    union all
    select 'open_deal_amount_base', 'marts.funnel_by_stage', 'marts.fct_opportunity',
        (select coalesce(sum(amount_base), 0) from marts.fct_opportunity where is_open),
        (select coalesce(sum(amount_base), 0) from marts.funnel_by_stage), null
    union all
    select 'rows_of_another_date', 'marts.funnel_by_stage', 'as-of date',
        0, (select count(*) from marts.funnel_by_stage where as_of_date <> $as_of_date), null
)
select measure, subject, against, expected, actual, coalesce(example, '-') as example, (expected - actual)::double as difference
from measure
) as compared"""

OPEN_DEAL_ROWS = """SELECT deal.opportunity_id, deal.stage_set_code, deal.stage_code, count(stage.funnel_by_stage_id) as stage_row_count
from marts.fct_opportunity as deal
left join marts.funnel_by_stage as stage
    on deal.stage_set_code = stage.stage_set_code
    and case when deal.stage_number is null then 'unmapped' else deal.stage_code end = stage.stage_code
where deal.is_open
group by all
"""
