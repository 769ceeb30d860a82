"""What an official API said, as the end of a lease: pure, one place for every outcome."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from postbroker.contract.catalogue import Platform
from postbroker.contract.words import Outcome as Word
from postbroker.domain.delivery import (
    gone_out,
    look_later,
    pending,
    put_off,
    refused,
    rerouted,
    tried_in_vain,
)
from postbroker.domain.job import Job
from postbroker.domain.lease import Rules
from postbroker.domain.matching import find_permalink
from postbroker.domain.outcome import (
    after_absence,
    after_blind_look,
    after_proof_of_absence,
    give_up_looking,
    put_in_doubt,
)
from postbroker.errors import error_codes
from postbroker.platforms.adapter import RetryClass
from postbroker.platforms.outcome import (
    Absent,
    AuthExpired,
    AuthRevoked,
    CannotTell,
    Finding,
    NotPermitted,
    Outcome,
    Pending,
    Published,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Transient,
    Trouble,
    Unknown,
)
from postbroker.services.deliveries import LIMIT_REACHED, Conclusion, limits_of
from postbroker.store.deliveries import Delivery
from postbroker.store.limits import Limit

TAKEN = "the post that the platform named belongs to another job"
TOO_OLD = "the platform calls the fresh access token too old"
ERROR_MAX = 500
LOOK_AGAIN = timedelta(seconds=10)
"""How long a job without a way to its platform waits at least before it is taken up again."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The rules for one job's delivery."""

    platform: Platform
    retry_class: RetryClass
    rules: Rules
    delivery: Delivery
    may_reroute: bool
    """True where a browser's tab may carry the job instead."""

    def after_commit(self, job: Job, outcome: Outcome, now: datetime) -> Conclusion:
        """The one irreversible request was answered, or was not."""
        match outcome:
            case Published():
                return self.live(job, outcome, "published", now)
            case Pending():
                return self._pending(job, outcome, now)
            case Unknown():
                return self.doubt(job, outcome.message, now)
            case _:
                return self.after_trouble(job, outcome, now)

    def after_trouble(self, job: Job, trouble: Trouble, now: datetime) -> Conclusion:
        """A request failed that posted nothing."""
        match trouble:
            case Rejected():
                code = trouble.code if trouble.code in error_codes() else "content_rejected"
                return Conclusion(refused(job, code, trouble.message[:ERROR_MAX]), "failed")
            case NotPermitted():
                return self._elsewhere(job, "not_permitted", trouble.needs, now) or Conclusion(
                    refused(job, "not_permitted", trouble.needs[:ERROR_MAX]), "failed"
                )
            case AuthRevoked():
                return self.disconnected(job, trouble.message, now)
            case AuthExpired():
                return self.in_vain(job, "platform_unavailable", TOO_OLD, now)
            case RateLimited():
                limit = Limit(limits_of(job)[trouble.scope], "rate_limited", trouble.retry_at)
                return self._limited(job, limit, now)
            case QuotaExhausted():
                limit = Limit(limits_of(job)[trouble.scope], "quota_exhausted", trouble.reset_at)
                return self._limited(job, limit, now)
            case Transient():
                return self.in_vain(job, "platform_unavailable", trouble.message, now)
            case _:
                assert_never(trouble)

    def after_look(self, job: Job, finding: Finding, now: datetime) -> Conclusion:
        """Somebody looked where the post would be."""
        match finding:
            case Published():
                return self.live(job, finding, "found", now)
            case Pending():
                return self._pending(job, finding, now)
            case Absent() if self.retry_class == "C":
                return self._look(after_absence(job, self.rules, now), "absent")
            case Absent():
                return self._look(after_proof_of_absence(job, self.rules, now), "absent")
            case CannotTell():
                return self.blind(job, finding.message, now)
            case _:
                assert_never(finding)

    def after_poll(self, job: Job, outcome: Outcome, now: datetime) -> Conclusion:
        """The platform was asked how a post stands that it works on."""
        match outcome:
            case Published() | Pending():
                return self.after_look(job, outcome, now)
            case Rejected() | NotPermitted():
                settled = replace(self.delivery, is_pending=False)
                return replace(self.after_trouble(job, outcome, now), delivery=settled)
            case Unknown():
                return self.blind(job, outcome.message, now)
            case _:
                return self.not_now(job, now, outcome)

    def after_repeat(self, job: Job, outcome: Outcome, now: datetime) -> Conclusion:
        """The same request was sent again under the same key: a refusal of it proves nothing."""
        match outcome:
            case Published() | Pending():
                return self.after_look(job, outcome, now)
            case Unknown():
                return self.blind(job, outcome.message, now)
            case Rejected() | NotPermitted():
                return self.blind(job, "the platform refused to say again what it did", now)
            case _:
                return self.not_now(job, now, outcome)

    def live(self, job: Job, post: Published, word: Word, now: datetime) -> Conclusion:
        """It is live."""
        seen = find_permalink(self.platform, post.url, None) if post.url else None
        url = seen.url if seen else post.url
        after = gone_out(job, post.remote_id, url, post.details, now)
        delivery = replace(
            self.delivery,
            is_pending=False,
            remote_id=post.remote_id,
            url=url,
            details=post.details,
        )
        return Conclusion(after, word, {"route": "api"}, delivery=delivery)

    def doubt(self, job: Job, reason: str, now: datetime) -> Conclusion:
        """Nobody knows whether it was posted; where nobody can look, a person is asked at once."""
        after = put_in_doubt(job, self.rules, now, reason[:ERROR_MAX])
        if self.retry_class == "D":
            after = give_up_looking(after, reason[:ERROR_MAX])
        return Conclusion(after, "unknown")

    def blind(self, job: Job, reason: str, now: datetime) -> Conclusion:
        """A look that could not tell."""
        if self.retry_class == "D" and not self.delivery.is_pending:
            return self._look(give_up_looking(job, reason[:ERROR_MAX]), "unseen")
        return self._look(after_blind_look(job, reason[:ERROR_MAX], self.rules, now), "unseen")

    def not_now(self, job: Job, now: datetime, trouble: Trouble | None = None) -> Conclusion:
        """Nobody could look."""
        delay = self.rules.verify_delays[0]
        match trouble:
            case RateLimited(retry_at=until) | QuotaExhausted(reset_at=until):
                delay = max(delay, until - now)
            case _:
                pass
        return self._look(look_later(job, delay, now), "released")

    def in_vain(self, job: Job, code: str, reason: str, now: datetime) -> Conclusion:
        """Nothing was posted, and it is worth another try, if need be by the other way."""
        after = tried_in_vain(job, code, reason[:ERROR_MAX], self.rules, now)
        if after.state == "failed" and (other := self._elsewhere(job, code, reason, now)):
            return other
        return Conclusion(after, "failed")

    def disconnected(self, job: Job, message: str, now: datetime) -> Conclusion:
        """It waits until a person has connected the account anew, or goes by the other way."""
        if other := self._elsewhere(job, "not_connected", message, now):
            return other
        after = put_off(job, now + LOOK_AGAIN, "not_connected", message[:ERROR_MAX], now)
        return Conclusion(after, "released", {"because": message[:ERROR_MAX]}, "put_off")

    def released(self, job: Job, reason: str, now: datetime) -> Conclusion:
        """The broker itself does not let it go out now."""
        after = put_off(job, now, None, None, now)
        return Conclusion(after, "released", {"route": "api", "because": reason})

    def _pending(self, job: Job, post: Pending, now: datetime) -> Conclusion:
        after = pending(job, post.check_after_seconds, self.rules, now)
        delivery = replace(self.delivery, state=post.state, is_pending=True)
        data = {"notBefore": after.due_at.isoformat()}
        return Conclusion(after, "unknown", data, "pending", delivery)

    def _limited(self, job: Job, limit: Limit, now: datetime) -> Conclusion:
        """The job waits; where it would not live to see the day it goes elsewhere or fails."""
        if limit.until < job.expires_at:
            after = put_off(job, limit.until, limit.code, LIMIT_REACHED, now)
            data = {"notBefore": after.due_at.isoformat()}
            return Conclusion(after, "released", data, "put_off", limit=limit)
        if other := self._elsewhere(job, limit.code, LIMIT_REACHED, now):
            return replace(other, limit=limit)
        message = f"{LIMIT_REACHED} until {limit.until:%Y-%m-%d %H:%M} UTC, when the job is over"
        return Conclusion(refused(job, limit.code, message), "failed", limit=limit)

    def _elsewhere(self, job: Job, code: str, reason: str, now: datetime) -> Conclusion | None:
        """By the tab, where the sender left it open and nothing of it is out yet."""
        if job.asked_route != "auto" or job.part_urls or not self.may_reroute:
            return None
        after = rerouted(job, "tab", job.account_id, job.account or "", now)
        data = {"route": "tab", "errorCode": code, "because": reason[:ERROR_MAX]}
        return Conclusion(after, "failed", data, "rerouted")

    def _look(self, after: Job, word: Word) -> Conclusion:
        data = {"route": "api", "looks": after.looks, "absences": after.absences}
        return Conclusion(after, word, data)


def repeatable(job: Job, within: timedelta, now: datetime) -> bool:
    """True while a platform surely still knows the key of the first try."""
    return job.permitted_at is not None and now - job.permitted_at < within
