{{ config(materialized=step()) }}
{# The days that the windows span, each once: a month may be declared again, or be the days since the last publication. What is held by days (pipeline_flow) would else
   count such a deal twice. #}
select distinct
    view_code,
    period_start_date,
    period_end_date,
    opening_date,
    closing_date
from {{ ref('pipeline_window') }}
