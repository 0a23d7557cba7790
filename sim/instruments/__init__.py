"""What governments can do: one declaration for each instrument, and the orders they add up to in a week."""

from sim.instruments.cooperative import AssetFreezing, Extradition, IntelligenceSharing, JointOperations
from sim.instruments.kinds import (
    INSTRUMENTS,
    WEEKS_A_YEAR,
    Cooperation,
    Deployment,
    Instrument,
    instrument,
    named,
    places,
    team_week_cost,
)
from sim.instruments.orders import Orders, peace_orders
from sim.instruments.unilateral import AwarenessCampaign, CapacityBuilding, Crackdown, PaymentFriction, Sweep, Vetting

__all__ = [
    "INSTRUMENTS", "WEEKS_A_YEAR", "AssetFreezing", "AwarenessCampaign", "CapacityBuilding", "Cooperation",
    "Crackdown", "Deployment", "Extradition", "Instrument", "IntelligenceSharing", "JointOperations", "Orders",
    "PaymentFriction", "Sweep", "Vetting", "instrument", "named", "peace_orders", "places", "team_week_cost",
]  # fmt: skip
