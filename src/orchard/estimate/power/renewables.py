"""What sun and wind give in each hour of a year of weather, as a share of rated power.

Sun: pvlib's positions of the sun, tracking, sky (Hay-Davies) and cell temperature (Faiman), then the
losses and the inverter of PVWatts. Wind: one generic turbine whose power grows with the cube of the wind
between cut-in and rated speed, at hub height by the power law and at the density of the hour.

Sources: pvlib python (Anderson et al. 2023, JOSS 8(92), 5994); Dobos, "PVWatts version 5 manual"
(NREL/TP-6A20-62641, 2014): losses 14 %, inverter 96 %; IEC 61400-12-1 for the normalisation by density.
Tracking limits, the ratio of modules to inverter, hub height and the turbine are assumptions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard import units
from orchard.estimate.power.air import ZERO_C_K
from orchard.estimate.power.weather import HOURS, Weather

Array = NDArray[np.float64]

# Losses of a plant between module and inverter, and the inverter's efficiency (PVWatts 5).
SYSTEM_LOSSES = 0.14
INVERTER_EFFICIENCY = 0.96
# Power lost a kelvin above 25 °C: crystalline silicon of the kind that PVWatts calls premium.
POWER_PER_K = -0.0035
# Modules over inverters, in watts; rows of a tracker and how far they turn (assumed: plants of utilities).
MODULES_PER_INVERTER = 1.3
GROUND_COVER = 0.35
MOST_TURN_DEG = 60.0
# Reflection of the ground; extraterrestrial irradiance of the mean distance, in kW/m² (ASTM E490).
ALBEDO = 0.2
EXTRATERRESTRIAL_KW_PER_M2 = 1.3661
STANDARD_W_PER_M2 = 1000.0
# Earth's clock behind uniform time in 2001, and refraction at sunrise (Reda and Andreas, NREL/TP-560-34302).
DELTA_T_S = 64.1
REFRACTION_DEG = 0.5667


class Turbine(NamedTuple):
    """A wind turbine: speeds at hub height, what wake, stops and wiring take."""

    cut_in_m_per_s: float = 3.0
    rated_m_per_s: float = 11.5
    cut_out_m_per_s: float = 25.0
    hub_m: float = 100.0
    losses: float = 0.15


# Growth of wind with height over open ground, and the height at which it is measured.
SHEAR = 1 / 7
MEASURED_AT_M = 10.0
# Density of the standard atmosphere, in kg/m³, and the gas constant of dry air, in kJ/(kg K).
STANDARD_KG_PER_M3 = 1.225
DRY_AIR_KJ_PER_KG_K = 0.28705


def solar_capacity_factor(year: Weather, tracker: bool = True) -> Array:
    """Power of a photovoltaic plant over its inverters' rating [8760]; 0 to 1.

    Parameters
    ----------
    tracker
        rows turn about a north-south axis; otherwise they face the equator, tilted by the latitude

    >>> from orchard.estimate.power.weather import weather
    >>> share = solar_capacity_factor(weather("greensboro"))
    >>> bool(0.15 < share.mean() < 0.30), float(share.min())
    (True, 0.0)
    """
    import pvlib

    zenith, azimuth = _sun(year)
    tilt, facing, incidence = _rows(year.place.latitude_deg, zenith, azimuth, tracker)
    extra = EXTRATERRESTRIAL_KW_PER_M2 * 1e3
    sky = pvlib.irradiance.haydavies(
        tilt, facing, year.dhi_w_per_m2, year.dni_w_per_m2, extra, zenith, azimuth
    )
    beam = year.dni_w_per_m2 * np.maximum(np.cos(np.radians(incidence)), 0.0)
    ground = pvlib.irradiance.get_ground_diffuse(tilt, year.ghi_w_per_m2, ALBEDO)
    on_rows = np.maximum(np.nan_to_num(beam + sky + ground), 0.0)
    cell_c = pvlib.temperature.faiman(on_rows, year.dry_bulb_k - ZERO_C_K, year.wind_m_per_s)
    modules = on_rows / STANDARD_W_PER_M2 * (1.0 + POWER_PER_K * (cell_c - 25.0))
    direct = np.maximum(modules, 0.0) * MODULES_PER_INVERTER * (1.0 - SYSTEM_LOSSES)
    result: Array = np.minimum(direct * INVERTER_EFFICIENCY, 1.0)
    return result


def wind_capacity_factor(year: Weather, turbine: Turbine | None = None) -> Array:
    """Power of wind turbines over their rating [8760]; 0 to 1.

    >>> from orchard.estimate.power.weather import weather
    >>> share = wind_capacity_factor(weather("sand-point"))
    >>> bool(0.2 < share.mean() < 0.5), bool(share.max() <= 0.85)
    (True, True)
    """
    turbine = Turbine() if turbine is None else turbine
    density = year.pressure_pa / (DRY_AIR_KJ_PER_KG_K * 1e3 * year.dry_bulb_k)
    speed = year.wind_m_per_s * (turbine.hub_m / MEASURED_AT_M) ** SHEAR
    return (1.0 - turbine.losses) * power_curve(speed, density, turbine)


def power_curve(speed_m_per_s: ArrayLike, density_kg_per_m3: ArrayLike, turbine: Turbine) -> Array:
    """Share of rated power of one turbine, without losses, at winds at its hub.

    >>> power_curve([2.0, 11.5, 20.0, 26.0], 1.225, Turbine()).tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    wind = np.asarray(speed_m_per_s, dtype=np.float64)
    felt = wind * (np.asarray(density_kg_per_m3) / STANDARD_KG_PER_M3) ** (1 / 3)
    start, full = turbine.cut_in_m_per_s**3, turbine.rated_m_per_s**3
    share: Array = np.clip((felt**3 - start) / (full - start), 0.0, 1.0)
    return np.where(wind > turbine.cut_out_m_per_s, 0.0, share)


def _sun(year: Weather) -> tuple[Array, Array]:
    """Apparent zenith and azimuth of the sun in the middle of each hour [8760], in degrees."""
    from pvlib import spa

    where = year.place
    first = np.datetime64("2001-01-01T00:30", "s").astype(np.float64)
    times = first + (np.arange(HOURS) - where.zone_h) * units.factor("h")
    mean = (year.pressure_pa.mean() / 100.0, year.dry_bulb_k.mean() - ZERO_C_K)
    found = spa.solar_position(
        times, where.latitude_deg, where.longitude_deg, where.altitude_m, *mean, DELTA_T_S, REFRACTION_DEG
    )
    return np.asarray(found[0]), np.asarray(found[4])


def _rows(latitude_deg: float, zenith: Array, azimuth: Array, tracker: bool) -> tuple[Array, Array, Array]:
    """Tilt of the rows, where they face, and the angle at which the sun meets them, in degrees."""
    import pvlib

    facing = 180.0 if latitude_deg >= 0 else 0.0
    if tracker:
        rows = pvlib.tracking.singleaxis(
            zenith, azimuth, axis_azimuth=facing, max_angle=MOST_TURN_DEG, gcr=GROUND_COVER
        )
        tilt = np.nan_to_num(np.asarray(rows["surface_tilt"]))
        turned = np.nan_to_num(np.asarray(rows["surface_azimuth"]), nan=facing)
        return tilt, turned, np.nan_to_num(np.asarray(rows["aoi"]), nan=90.0)
    tilt = np.full(HOURS, abs(latitude_deg))
    turned = np.full(HOURS, facing)
    return tilt, turned, np.asarray(pvlib.irradiance.aoi(tilt, turned, zenith, azimuth))
