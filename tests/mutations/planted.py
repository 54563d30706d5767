"""The faults that are planted: file, text, what it becomes, and why somebody might write it.

Belongs here: the list. Does not: running anything (__main__.py). `fault` is the number of metrics.md's list of fourteen, where it is one of them;
each of these has its named test in tests/integration/test_fourteen_faults.py.
"""

from dataclasses import dataclass

CORE, FUNNEL, QUALITY = "models/marts/core", "models/marts/funnel", "models/marts/quality"
FORECAST, PROCESS, TEAM = "models/marts/forecast", "models/marts/process", "models/marts/team"


@dataclass(frozen=True)
class Mutation:
    name: str
    file: str  # below dbt_project
    old: str  # must be there exactly once
    new: str
    why: str
    select: str  # dbt selection: what is built again, and whose unit tests are run
    fault: int | None = None


MUTATIONS = [
    Mutation("reversed_days", "macros/marts_measure.sql", "{{ days_between(first_date, second_date) }}", "{{ days_between(second_date, first_date) }}",
             "the difference of two dates the wrong way round", "fct_opportunity+ fct_stage_visit+", 1),
    Mutation("percent_as_share", f"{CORE}/fct_opportunity.sql", "* stages.declared_probability_rate as decimal(18,2))",
             "* stages.declared_probability_rate * 100 as decimal(18,2))", "a probability of 0-100 multiplied in", "fct_opportunity+", 2),
    Mutation("null_plus_one", f"{FUNNEL}/win_rate.sql", "coalesce(outcomes.won_count, 0) + coalesce(outcomes.lost_count, 0) as closed_count",
             "nullif(outcomes.won_count, 0) + nullif(outcomes.lost_count, 0) as closed_count", "a rep with one win and no loss: NULL + 1", "win_rate+", 3),
    Mutation("mixed_numerators", f"{FUNNEL}/close_period.sql", "case when deals.status_code in ('won', 'lost') then deals.owner_at_close_id",
             "case when deals.status_code in ('lost') then deals.owner_at_close_id", "wins by today's owner, losses by the owner of the day", "close_period+", 4),
    Mutation("unlisted_category", f"{FUNNEL}/funnel_by_stage.sql", "    from opportunities\n    where is_open\n    group by",
             "    from opportunities\n    where is_open and forecast_category_code in ('commit', 'most_likely', 'best_case', 'pipeline')\n    group by",
             "only listed forecast categories are in the pipeline", "funnel_by_stage+", 5),
    Mutation("frozen_when_unchanged", f"{FUNNEL}/opportunity_interval.sql", "cast('9999-12-31' as date)) as until_date",
             "event_date) as until_date", "a span lasts until the last change: what stands still ends", "opportunity_interval+", 6),
    Mutation("one_date_per_stage", f"{CORE}/fct_stage_visit.sql", "left join opportunities on bounded.opportunity_id = opportunities.opportunity_id",
             "left join opportunities on bounded.opportunity_id = opportunities.opportunity_id\nwhere bounded.visit_number = 1",
             "one row per deal and stage", "fct_stage_visit+", 7),
    Mutation("todays_label_on_the_past", "models/staging/opportunity/stg_opportunity__stage.sql",
             "    and version.stage_version_number = shown.version_number", "    and shown.is_current",
             "every version shows the stage of today", "stg_opportunity__stage+", 8),
    Mutation("utc_date", "macros/portable.sql", "cast(({{ at }} at time zone 'UTC') at time zone '{{ zone }}' as date)", "cast({{ at }} as date)",
             "the date of the instant in UTC", "stg_opportunity__stage+", 9),
    Mutation("created_and_still_open", f"{FUNNEL}/fct_stage_reached.sql", "select * from {{ ref('fct_opportunity') }} where is_counted",
             "select * from {{ ref('fct_opportunity') }} where is_counted and is_open", "the cohort of those still open", "fct_stage_reached+", 10),
    Mutation("merged_counted_twice", f"{FUNNEL}/fct_stage_reached.sql", "select * from {{ ref('fct_opportunity') }} where is_counted",
             "select * from {{ ref('fct_opportunity') }}", "a merged deal counts beside the one it went into", "fct_stage_reached+", 11),
    Mutation("the_clock", "macros/portable.sql", """cast('{{ night_value("as_of_date") }}' as date)""", "current_date",
             "today instead of the as-of date", "dim_date+", 12),
    Mutation("every_version_a_deal", "models/canonical/opportunity.sql", "where version.is_current", "where true",
             "history rows where one row per deal was meant", "opportunity+", 13),
    Mutation("all_rows_filtered", f"{FUNNEL}/close_period.sql", "where deals.status_code in ('won', 'lost', 'vanished', 'deleted')",
             "where deals.status_code in ('Won', 'Lost', 'Vanished', 'Deleted')", "a word that no row carries: nothing is left, nothing is wrong", "close_period+", 14),
    Mutation("rate_one_day_short", f"{CORE}/exchange_rate_span.sql", "var('exchange_rate_max_age_days') | int + 1", "var('exchange_rate_max_age_days') | int",
             "< for <=: the 31st day has no rate", "exchange_rate_span+"),
    Mutation("rate_of_the_wrong_day", f"{CORE}/fct_opportunity.sql", "case when is_closed_by_now then closed_date else {{ as_of_date() }} end as rate_day",
             "{{ as_of_date() }} as rate_day", "a closed deal at today's rate", "fct_opportunity+"),
    Mutation("flipped_join", f"{FUNNEL}/funnel_by_band.sql", "left join deals on customer.customer_id = deals.customer_id",
             "inner join deals on customer.customer_id = deals.customer_id", "customers without a deal drop out", "funnel_by_band+"),
    Mutation("loss_that_does_not_count", f"{FUNNEL}/win_rate.sql", """{{ count_where("status_code = 'lost' and counts_as_loss") }} as lost_count""",
             """{{ count_where("status_code = 'lost'") }} as lost_count""", "a duplicate is a loss", "win_rate+"),
    Mutation("wrong_date_column", f"{FUNNEL}/close_period.sql", "then deals.closed_date else deals.gone_date end as outcome_date",
             "then deals.expected_close_date else deals.gone_date end as outcome_date", "closed in the month in which it was due", "close_period+"),
    Mutation("owner_of_the_telling", f"{CORE}/opportunity_close.sql", "when version_number <= last_other_number and coalesce(valid_from_date <= closed_date, true)",
             "when coalesce(valid_from_date <= closed_date, true) or version_number > last_other_number", "the win to whom the list names beside it", "opportunity_close+"),
    Mutation("exit_owner_after_the_day", "models/marts/process/stage_visit_attribution.sql",
             "exit_version.known_from_date < visits.exited_date and visits.exited_date <= exit_version.known_until_date",
             "exit_version.known_from_date <= visits.exited_date and visits.exited_date < exit_version.known_until_date",
             "<= for <: a hand-over told with the exit comes before it", "stage_visit_attribution+"),
    Mutation("passed_is_entered", f"{FUNNEL}/fct_stage_reached.sql", "when entered.stage_code is not null then 'entered'",
             "when entered.stage_code is not null or numbered.stage_number < opportunities.furthest_stage_number then 'entered'",
             "a stage jumped over counts as entered", "fct_stage_reached+"),
    Mutation("vanished_rate_edge", f"{QUALITY}/vanished_record.sql", "vanishings.vanished_date < rates.valid_until_date",
             "vanishings.vanished_date <= rates.valid_until_date", "<= for <: two rates on the day one ends", "vanished_record+"),
    Mutation("nulls_first", "models/staging/change/stg_change__declared.sql", "changed_at nulls last", "changed_at nulls first",
             "a day without an hour before the hours of that day", "stg_change__declared+"),
    Mutation("whole_age_of_survivors", f"{FUNNEL}/stage_span.sql", "greatest(pieces.age_days, visits.unseen_days)", "pieces.age_days",
             "days before first sight are at risk", "stage_span+"),
    Mutation("joined_before_they_left", f"{FUNNEL}/stage_survival.sql", "sum(joining_count - leaving_count) {{ before }}", "sum(joining_count) {{ until }} - coalesce(sum(leaving_count) {{ before }}, 0)",
             "who comes in sight on a day is at risk of what happened on it", "stage_survival+"),
    Mutation("lost_is_advanced", f"{FUNNEL}/stage_entry.sql", "is not null or deals.is_won then 'advanced'", "is not null or deals.is_won or deals.is_lost then 'advanced'",
             "an exit is an advance", "stage_entry+"),
    Mutation("back_is_forward", f"{FUNNEL}/stage_conversion.sql", "outcome_code in ('advanced', 'won')", "outcome_code in ('advanced', 'won', 'moved_back')",
             "a move back counts as an exit forward", "stage_conversion+"),
    Mutation("last_entry", f"{FUNNEL}/stage_entry.sql", "stage_code order by visit_sequence)", "stage_code order by visit_sequence desc)", "the last entry for the first", "stage_entry+"),
    Mutation("merged_in_conversion", f"{FUNNEL}/conversion_rate.sql", "    where deals.is_counted\n", "", "a merged deal is created twice", "conversion_rate+"),
    Mutation("owner_now", f"{FUNNEL}/conversion_rate.sql", "versions.version_number = 1", "versions.is_current", "the cohort by who has it now", "conversion_rate+"),
    Mutation("won_of_closed", f"{FUNNEL}/conversion_rate.sql", "rate_columns('conversion', 'won_count', 'created_count')", "rate_columns('conversion', 'won_count', 'closed_count')",
             "the wrong denominator", "conversion_rate+"),
    Mutation("empty_cells_dropped", f"{FUNNEL}/win_rate.sql", "left join outcomes on", "inner join outcomes on", "a period without a close has no row", "win_rate+"),
    Mutation("booked_by_the_last", f"{FUNNEL}/win_booking.sql", "else owners.owner_at_entry_id end as owner_id", "else deals.owner_at_close_id end as owner_id",
             "a win taken back is taken from who closed it last", "win_booking+"),
    Mutation("declared_below_minimum", f"{FUNNEL}/stage_probability.sql", "coalesce(observed_probability_rate, declared_probability_rate) as", "coalesce(declared_probability_rate, observed_probability_rate) as",
             "the declared chance though enough was observed", "stage_probability+"),
    Mutation("window_of_366_days", f"{FUNNEL}/stage_probability.sql", "date_add_days(as_of_date(), 1 - (", "date_add_days(as_of_date(), 0 - (", "<= for <: a day too many", "stage_probability+"),
    Mutation("uncounted_losses_in_reasons", f"{FUNNEL}/loss_analysis.sql", "coalesce(counted.lost_count, 0) - coalesce(counted.lost_not_counted_count, 0) as counted_count", "coalesce(counted.lost_count, 0) as counted_count",
             "a duplicate in the rate of losses", "loss_analysis+"),
    Mutation("window_overlaps_the_change", f"{FUNNEL}/change_comparison.sql", "dates.date_day < windows.until_date", "dates.date_day <= windows.until_date",
             "<= for <: the day of the change is on both sides", "change_comparison+"),
    Mutation("late_record_passes", "macros/marts_gate.sql", "coalesce(ranked.strict_from_sequence <= asks.visit_sequence, false) as is_in_time",
             "ranked.is_certain as is_in_time", "an activity recorded after the move passes on the strict measure", "gate_check+ gate_readiness+"),
    Mutation("any_stage_visit", "macros/marts_gate.sql", "    where placed.stage_code in (stages_asked.stage_code, stages_asked.asking_stage_code)\n", "",
             "activities of any stage satisfy the gate", "gate_check+ gate_readiness+"),
    Mutation("losses_are_gated", f"{PROCESS}/gate_check.sql", "where move_code in ('forward', 'won')", "where move_code in ('forward', 'won', 'lost')",
             "a loss must pass a gate too", "gate_check+"),
    Mutation("stalled_on_the_day", f"{PROCESS}/stall_register.sql", "days_since_progress > stall_days as is_stalled", "days_since_progress >= stall_days as is_stalled",
             ">= for >: stalled on the last day allowed", "stall_register+"),
    Mutation("slow_by_any_visit", f"{PROCESS}/stall_register.sql", "where ended_by_code in ('advanced', 'won') and not is_entry_censored", "where not is_entry_censored",
             "quick losses make every stage look fast", "stall_register+"),
    Mutation("activities_after_the_close", f"{PROCESS}/black_box.sql", "activities.activity_date >= deals.from_date and activities.activity_date <= deals.to_date",
             "activities.activity_date >= deals.from_date", "a call after the win opens the black box", "black_box+"),
    Mutation("ambiguous_counts", f"{PROCESS}/black_box.sql", "where activities.is_counted and activities", "where activities",
             "an activity that may be of two deals counts for both", "black_box+"),
    Mutation("due_today_is_ahead", f"{FORECAST}/coverage.sql", "('due', 'deals.expected_close_date > '", "('due', 'deals.expected_close_date >= '",
             ">= for >: due on the as-of date is overdue, and still ahead", "coverage+"),
    Mutation("lapsed_is_pushed", f"{FORECAST}/fct_slippage.sql", "coalesce(closing_expected_close_date > period_end_date, true)", "coalesce(closing_expected_close_date >= period_start_date, true)",
             "a date left to pass counts as moved", "fct_slippage+"),
    Mutation("window_starts_late", f"{FORECAST}/pipeline_move.sql", "spans.from_date >= windows.period_start_date", "spans.from_date > windows.period_start_date",
             "> for >=: what happened on the first day is lost", "pipeline_flow+ pipeline_waterfall+"),
    Mutation("windows_told_twice", f"{FORECAST}/pipeline_window_days.sql", "select distinct", "select", "two windows of the same days", "pipeline_window_days pipeline_flow+ pipeline_waterfall+"),
    Mutation("moves_back_are_forward", f"{TEAM}/team_performance.sql", """{{ count_where("move_code in ('forward', 'won')") }}""",
             """{{ count_where("move_code in ('forward', 'won', 'backward')") }}""", "every move is progress", "team_performance+"),
    Mutation("planned_is_done", f"{TEAM}/team_performance.sql", "where activity.is_done and not activity.is_vanished", "where not activity.is_vanished",
             "a planned visit counts as made", "team_performance+"),
]  # fmt: skip
