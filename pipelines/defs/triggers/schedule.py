"""The schedule: every night at the company's time in the company's zone; on from the start.

Belongs here: the cron line, and the date a tick stands for. Does not: what a night does.
"""

from datetime import UTC

import dagster as dg

from pipelines.defs.night_resource import night_config
from pipelines.defs.triggers.job import NIGHTLY, nightly_job
from pipelines.messages.catalogue import Message
from pipelines.publish.past import is_past
from pipelines.publish.swap import published_manifest
from pipelines.settings.business_date import default_as_of_date
from pipelines.settings.company import CompanyFolder


def nightly_schedule(folder: CompanyFolder) -> dg.ScheduleDefinition:
    """One run a tick; missed ticks are caught up by the daemon, each with its own date.

    A date before the published one is skipped, and the tick says so.
    """
    settings = folder.settings

    @dg.schedule(
        name="every_night",
        job=nightly_job,
        cron_schedule=f"{settings.schedule.minute} {settings.schedule.hour} * * *",
        execution_timezone=settings.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{NIGHTLY} at {settings.schedule:%H:%M} {settings.time_zone}; the tick, not the start, says the day.",
    )
    def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        tick = context.scheduled_execution_time.astimezone(UTC).replace(tzinfo=None)
        day = default_as_of_date(settings, tick)
        if is_past(folder, day):
            published = (published_manifest(folder.published) or {})["as_of_date"]
            return dg.SkipReason(" ".join(Message("FNL-658", {"date": day, "published": published}).lines(settings.language)))
        return dg.RunRequest(
            run_key=f"night-{tick.isoformat()}", run_config=night_config(day, "schedule"), tags={"funnel/as_of_date": str(day)}
        )

    return every_night
