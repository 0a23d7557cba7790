"""How those who choose make up their minds: one small record for each rule, and the few numbers each comes down to.

A rule turns what is known of the options into the odds of choosing them. The kernels (`sim.phases.choosing`) do not
know the rules: they read the numbers of `Weighing`, and every rule is a set of values of them. `parameters.choice.rule`
names the rule of a scenario; its own numbers stand in the group of `parameters` that is called as the rule is: a new
rule is a record here and its group there.
"""

# One number, one entry: the declarations are kept as a table.
# fmt: off
from typing import TYPE_CHECKING, Literal, NamedTuple

from sim.declare import Registry, param, record

CHOICE_RULES: Registry[type["ChoiceRule"]] = Registry("choice rule")
choice_rule = CHOICE_RULES


class Weighing(NamedTuple):
    """The numbers that stand for every rule; as they stand here, with the nests of the model, a nested logit."""

    nest: float  # dissimilarity of places within a region; 1 = no nests
    noise: float = 1.0  # scale of the noise in utility: the inverse of precision
    reward: float = 1.0  # weight of what a place earns, as a multiple
    capture: float = 1.0  # weight of the risk of capture, as a multiple
    penalty: float = 0.0  # weight of the strength of the law
    unnoticed: float = 1.0  # weight left to what does not stand out against the average; 1 = all counts alike
    threshold: float = 0.1  # size of risk below which hardly anything stands out
    blur: float = 0.0  # how blurred the border of what is good enough is; 0 = the best is looked for, not the first


class ChoiceRule:
    """What every rule can say: the numbers it comes down to."""

    def weighing(self, nest: float) -> Weighing:
        """Return the numbers of the rule; `nest` is the model's dissimilarity of places within a region."""
        raise NotImplementedError


@choice_rule("nested logit")
@record
class NestedLogit(ChoiceRule):
    """Utilities are compared under Gumbel noise, places of a region being alike (McFadden 1974)."""

    def weighing(self, nest: float) -> Weighing:
        """Return the numbers of the model as they are."""
        return Weighing(nest)


@choice_rule("best response")
@record
class BestResponse(ChoiceRule):
    """What is best is chosen, but for a little noise: the limit of a rational choice (Cornish & Clarke 1986)."""

    noise: float = param(0.2, unit="share of the nested logit's noise", low=0.02, high=1, plausible=(0.05, 0.5),
                         source="A-48", about="noise in utility; some is needed to solve the class constants")

    def weighing(self, nest: float) -> Weighing:
        """Return the nested logit at a high precision."""
        return Weighing(nest, noise=self.noise)


@choice_rule("subjective utility")
@record
class SubjectiveUtility(ChoiceRule):
    """Capture, reward and penalty have weights of their own, in a logit without nests (SUQR, Nguyen et al. 2013)."""

    reward: float = param(0.75, unit="multiple of the nested logit's", low=0, high=5, plausible=(0.4, 1.0),
                          source="Nguyen et al. 2013; A-49", about="weight of what a place earns")
    capture: float = param(1.5, unit="multiple of the nested logit's", low=0, high=5, plausible=(1.0, 2.5),
                           source="Nguyen et al. 2013; A-49", about="weight of the perceived risk of capture")
    penalty: float = param(0.5, unit="per unit of law", low=0, high=20, plausible=(0.0, 2.0),
                           source="Nguyen et al. 2013; A-49", about="weight of the penalty: the strength of the law")

    def weighing(self, nest: float) -> Weighing:
        """Return a plain logit of linear weights."""
        return Weighing(1.0, reward=self.reward, capture=self.capture, penalty=self.penalty)


@choice_rule("salience")
@record
class Salience(ChoiceRule):
    """What stands out against the average place weighs more, value or risk (Bordalo, Gennaioli & Shleifer 2012)."""

    unnoticed: float = param(0.7, unit="share of the weight", low=0.05, high=1, plausible=(0.5, 0.9),
                             source="Bordalo et al. 2012; A-50",
                             about="what keeps of its weight what does not stand out, at the extreme; 1 = all")
    threshold: float = param(0.1, unit="of the risk term", low=1e-6, high=10, plausible=(0.03, 0.3), source="A-50",
                             about="risk so small that differences in it hardly stand out")

    def weighing(self, nest: float) -> Weighing:
        """Return the nested logit with weights that depend on what stands out."""
        return Weighing(nest, unnoticed=self.unnoticed, threshold=self.threshold)


@choice_rule("satisficing")
@record
class Satisficing(ChoiceRule):
    """What one has is kept while it is good enough, else the first acceptable option found is taken (Simon 1955)."""

    blur: float = param(1.0, unit="of utility", low=0.05, high=10, plausible=(0.3, 2.0), source="Simon 1955; A-51",
                        about="how blurred the border of what is good enough is")

    def weighing(self, nest: float) -> Weighing:
        """Return a search without nests; the aspiration level is solved with the class constants."""
        return Weighing(1.0, blur=self.blur)


if TYPE_CHECKING:
    RuleName = str
else:
    RuleName = Literal[tuple(CHOICE_RULES)]


def group_of(rule: str) -> str:
    """Return the group of `parameters` that holds the numbers of a rule, if it has any."""
    return rule.replace(" ", "_")
