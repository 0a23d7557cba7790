"""What countries can only do together."""

import numpy as np

from sim.declare import param, record
from sim.instruments.kinds import Cooperation, Deployment, instrument
from sim.instruments.orders import Floats, Orders


@instrument("intelligence sharing")
@record
class IntelligenceSharing(Cooperation):
    """Reports made to one member's police reach the host's police (Sandler 2005)."""

    coverage: float = param(0.6, unit="share of reports", low=0, high=1, plausible=(0.2, 0.9), source="A-43")
    delay: int = param(
        2,
        unit="weeks",
        low=1,
        high=104,
        plausible=(1, 26),
        source="A-43",
        about="from a victim's police to a host's",
    )
    trust: float = param(0.9, unit="share of what is passed that is used", low=0, high=1, source="A-43")

    def longest_delay(self) -> int:
        """Return the delay of the channel (weeks)."""
        return self.delay

    def act(self, orders: Orders, at: Deployment) -> None:
        """Open a channel between every pair of members."""
        pairs = np.ix_(at.where, at.where)
        between = at.among * self.coverage * self.trust * (1.0 - np.eye(len(at.where)))
        better = between > orders.coverage[pairs]
        orders.coverage[pairs] = np.where(better, between, orders.coverage[pairs])
        orders.delay[pairs] = np.where(better, self.delay, orders.delay[pairs])


@instrument("joint operations")
@record
class JointOperations(Cooperation):
    """All sites of a syndicate with an open case in a member country are raided in the same week.

    It adds nothing to what is known. With a single member it is the same tactic without partners.
    """

    vetted: bool = param(True, unit="yes/no", source="A-44", about="whether the task force is vetted")
    vetting: float = param(0.3, unit="factor on tip-offs", low=0, high=1, source="A-44")
    pooled: bool = param(True, unit="yes/no", source="A-44", about="whether a member may pay for another's raid")
    simultaneous: bool = param(
        True,
        unit="yes/no",
        source="A-44",
        about="whether all known sites of a syndicate are raided in one week, or one a week",
    )

    def act(self, orders: Orders, at: Deployment) -> None:
        """Form the task force."""
        force = at.where[at.strength > 0.0]
        orders.joint[force] = int(orders.joint.max()) + 1
        orders.pooled[force] = int(self.pooled)
        orders.at_once[force] = int(self.simultaneous)
        if self.vetted:
            orders.vetting[at.where] *= 1.0 - at.strength * (1.0 - self.vetting)

    def weekly_cost(self, at: Deployment) -> Floats:
        """Return nothing for a task force of one; else the liaison cost."""
        return super().weekly_cost(at) * (len(at.where) > 1)


@instrument("extradition")
@record
class Extradition(Cooperation):
    """Arrested foreigners are handed to their home police and do not return to their syndicate."""

    share: float = param(0.8, unit="share of arrested foreigners", low=0, high=1, source="A-19")

    def act(self, orders: Orders, at: Deployment) -> None:
        """Extradite between members."""
        pairs = np.ix_(at.where, at.where)
        orders.extradited[pairs] = np.maximum(orders.extradited[pairs], at.among * self.share)


@instrument("asset freezing")
@record
class AssetFreezing(Cooperation):
    """A member's police can have money frozen in another member's banks within days."""

    coverage: float = param(0.5, unit="share of requests served", low=0, high=1, source="A-20")
    days: float = param(
        2.0, unit="days", low=0, high=365, plausible=(0.5, 30), source="A-20", about="time of a request"
    )

    def act(self, orders: Orders, at: Deployment) -> None:
        """Open the freezing channel between members, and never make a domestic one worse."""
        pairs = np.ix_(at.where, at.where)
        served = at.among * self.coverage
        better = (1.0 - np.eye(len(at.where))) * served > orders.freeze[pairs]
        orders.freeze[pairs] = np.where(better, served, orders.freeze[pairs])
        orders.freeze_days[pairs] = np.where(better, self.days, orders.freeze_days[pairs])
