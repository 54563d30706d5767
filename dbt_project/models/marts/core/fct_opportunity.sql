with opportunities as (

    select
        *,
        is_closed and coalesce(closed_date <= {{ as_of_date() }}, true) as is_closed_by_now
    from {{ ref('opportunity') }}

),

stages as (

    select * from {{ ref('dim_stage') }} where is_current

),

visits as (

    select * from {{ ref('fct_stage_visit') }}

),

{# where the deal has been: the stage it stands in by its visits, and the furthest one it ever entered #}
walked as (

    select
        opportunity_id,
        max(stage_number) as furthest_stage_number,
        max(visit_sequence) as last_sequence
    from visits
    group by opportunity_id

),

placed as (

    select
        opportunities.*,
        case
            when opportunities.is_closed and not opportunities.is_closed_by_now then last_visit.stage_code
            else opportunities.stage_code
        end as standing_stage_code,
        last_visit.stage_code as last_stage_code,
        last_visit.entered_date as last_stage_entered_date,
        walked.furthest_stage_number,
        gone.gone_code,
        gone.gone_date
    from opportunities
    left join walked on opportunities.opportunity_id = walked.opportunity_id
    left join visits as last_visit on walked.opportunity_id = last_visit.opportunity_id and walked.last_sequence = last_visit.visit_sequence
    left join {{ ref('opportunity_gone') }} as gone on opportunities.opportunity_id = gone.opportunity_id

),

judged as (

    select
        placed.*,
        case
            when gone_code = 'merged' then 'merged'
            when is_closed_by_now and is_won then 'won'
            when is_closed_by_now and is_lost then 'lost'
            when gone_code is not null then gone_code
            when is_closed_by_now then 'closed_unknown'
            else 'open'
        end as status_code,
        case when is_closed_by_now then closed_date else {{ as_of_date() }} end as rate_day
    from placed

),

valued as (

    select
        judged.*,
        rates.exchange_rate_id,
        rates.rate_date as exchange_rate_date,
        case
            when judged.currency_code = '{{ var("base_currency") }}' then cast(1 as decimal(18,9)) else rates.exchange_rate
        end as exchange_rate
    from judged
    left join {{ ref('exchange_rate_span') }} as rates
        on judged.currency_code = rates.currency_code
        and judged.rate_day >= rates.valid_from_date and judged.rate_day < rates.valid_until_date

),

measured as (

    select
        valued.*,
        cast(cast(amount as decimal(19,2)) * exchange_rate as decimal(18,2)) as amount_base,
        cast(cast(margin_amount as decimal(19,2)) * exchange_rate as decimal(18,2)) as margin_base
    from valued

)

select
    measured.opportunity_id,
    measured.opportunity_name,
    measured.status_code,
    measured.status_code = 'open' as is_open,
    measured.status_code = 'won' as is_won,
    measured.status_code = 'lost' as is_lost,
    measured.status_code not in ('merged') as is_counted,
    measured.customer_id,
    measured.owner_id,
    closings.owner_id as owner_at_close_id,
    closings.is_owner_uncertain,
    measured.opportunity_type_code,
    measured.pipeline_code,
    measured.buying_process_code,
    measured.stage_set_code,
    measured.stage_set_rule_code,
    measured.source_stage_name,
    measured.standing_stage_code as stage_code,
    stages.stage_number,
    stages.band_code,
    measured.last_stage_code,
    measured.last_stage_entered_date,
    measured.furthest_stage_number,
    measured.amount,
    measured.currency_code,
    measured.is_currency_assumed,
    measured.amount_base,
    case
        when measured.amount is null then 'blank_amount'
        when measured.exchange_rate is not null then null
        when measured.rate_day is null then 'no_close_date'
        else 'no_rate'
    end as amount_base_missing_code,
    measured.exchange_rate,
    measured.exchange_rate_date,
    measured.margin_amount,
    measured.margin_base,
    stages.declared_probability_rate,
    measured.source_probability_rate,
    case
        when measured.status_code = 'open'
            then cast(cast(measured.amount_base as decimal(19,2)) * stages.declared_probability_rate as decimal(18,2))
    end as weighted_amount_base,
    measured.forecast_category_code,
    measured.rep_call_code,
    measured.intent_code,
    measured.lead_source_code,
    measured.created_at,
    measured.created_date,
    measured.expected_close_date,
    case when measured.is_closed_by_now then measured.closed_at end as closed_at,
    case when measured.is_closed_by_now then measured.closed_date end as closed_date,
    measured.gone_date,
    case
        when measured.status_code in ('won', 'lost') and measured.created_date <= measured.closed_date
            and coalesce(measured.created_at <= measured.closed_at, true)
            then {{ elapsed_days('measured.created_at', 'measured.closed_at', 'measured.created_date', 'measured.closed_date') }}
    end as cycle_days,
    measured.loss_reason_code,
    measured.loss_reason_text,
    coalesce(reasons.counts_as_loss, true) as counts_as_loss,
    measured.merged_into_opportunity_id,
    measured.is_vanished,
    measured.is_deleted,
    measured.has_refused_row,
    measured.modified_at,
    measured.modified_by_owner_id,
    measured.first_delivered_date,
    measured.last_delivered_date,
    measured.version_count,
    measured.source_system,
    measured.source_record_id,
    measured._delivery_id,
    measured._delivered_at,
    measured._source_file,
    measured._sheet,
    measured._row_number
from measured
left join stages on measured.stage_set_code = stages.stage_set_code and measured.standing_stage_code = stages.stage_code
left join {{ ref('opportunity_close') }} as closings on measured.opportunity_id = closings.opportunity_id
left join (
    select loss_reason_code, min(case when counts_as_loss then 1 else 0 end) = 1 as counts_as_loss
    from {{ ref('loss_reason') }}
    group by loss_reason_code
) as reasons on measured.loss_reason_code = reasons.loss_reason_code
