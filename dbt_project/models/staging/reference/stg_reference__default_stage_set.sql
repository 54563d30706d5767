{# The one stage set used where no rule matches: the declared default in force, else the first by code, else 'default'. One row. #}
select coalesce(
    min(case when is_default then stage_set_code end),
    min(stage_set_code),
    'default'
) as stage_set_code
from {{ ref('stg_record__stage_set') }}
