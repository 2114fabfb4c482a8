"""The five rules in OpenFisca, as a formula over whole columns.

Usage: python five_openfisca.py INPUTS ANSWERS

INPUTS is a CSV file with the columns listed, destination, parent, tpp and datacenter, and a header.
One verdict a line is written to ANSWERS; then, on the command `time N` on standard input, N inputs
(those of the file over and over) are decided several times, and the median of the seconds that it
took is printed. What is timed is the formula alone: the inputs are in the simulation before.
"""

import csv
import statistics
import sys
import time

import numpy
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = "2025-06-02"

Chip = build_entity(
    key="chip", plural="chips", label="A chip that is sent", is_person=True
)


def country_codes():
    """The countries of the inputs and of the rules."""
    with open(sys.argv[1], newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {row[name] for row in rows for name in ("destination", "parent")}
    return sorted(codes.union("AE BY CN CU DE IR KP MO RU SY VN".split()))


Country = Enum("Country", [(code, code) for code in country_codes()])


class Verdict(Enum):
    no_license_required = "no_license_required"
    license_exception = "license_exception"
    license_required = "license_required"


def places(*codes):
    return numpy.array([Country[code].index for code in codes], dtype=numpy.uint8)


EMBARGOED = places("CU", "IR", "KP", "SY")
ZONE = places("AE", "BY", "CN", "MO", "RU", "VN")
HEADQUARTERS = places("BY", "CN", "MO", "RU")


class listed(Variable):
    value_type = bool
    entity = Chip
    definition_period = DateUnit.DAY
    label = "Whether the end user is on a list"


class destination(Variable):
    value_type = Enum
    possible_values = Country
    default_value = Country.DE
    entity = Chip
    definition_period = DateUnit.DAY
    label = "Where the chip goes"


class parent(Variable):
    value_type = Enum
    possible_values = Country
    default_value = Country.DE
    entity = Chip
    definition_period = DateUnit.DAY
    label = "Where the end user's ultimate parent is"


class tpp(Variable):
    value_type = int
    entity = Chip
    definition_period = DateUnit.DAY
    label = "Total processing performance"


class datacenter(Variable):
    value_type = bool
    entity = Chip
    definition_period = DateUnit.DAY
    label = "Whether it is made for data centers"


class verdict(Variable):
    value_type = int
    entity = Chip
    definition_period = DateUnit.DAY
    label = "The place of the verdict: free, covered by an exception, license required"

    def formula_2025_01_01(chip, period):
        to = chip("destination", period).view(numpy.ndarray)
        of = chip("parent", period).view(numpy.ndarray)
        power = chip("tpp", period)
        barred = chip("listed", period) | numpy.isin(to, EMBARGOED)
        controlled = (power >= 2400) & numpy.isin(to, ZONE)
        controlled |= (power >= 4800) & numpy.isin(of, HEADQUARTERS)
        required = barred | (controlled & chip("datacenter", period))
        return numpy.where(required, 2, controlled.view(numpy.int8))


def system():
    found = TaxBenefitSystem([Chip])
    for variable in (listed, destination, parent, tpp, datacenter, verdict):
        found.add_variable(variable)
    return found


def simulation(rows):
    """A simulation with its inputs."""
    made = SimulationBuilder().build_default_simulation(system(), count=len(rows))
    truth = [[row[name] == "true" for row in rows] for name in ("listed", "datacenter")]
    made.set_input("listed", PERIOD, numpy.array(truth[0]))
    made.set_input("datacenter", PERIOD, numpy.array(truth[1]))
    for name in ("destination", "parent"):
        made.set_input(name, PERIOD, numpy.array([row[name] for row in rows]))
    made.set_input("tpp", PERIOD, numpy.array([int(row["tpp"]) for row in rows]))
    return made


def decided(made):
    made.delete_arrays("verdict", PERIOD)
    return made.calculate("verdict", PERIOD)


def main():
    with open(sys.argv[1], newline="") as file:
        rows = list(csv.DictReader(file))
    words = [word.name for word in Verdict]
    with open(sys.argv[2], "w") as out:
        out.writelines(f"{words[place]}\n" for place in decided(simulation(rows)))
    print("ready", flush=True)
    for line in sys.stdin:
        count = int(line.split()[1])
        made = simulation((rows * -(-count // len(rows)))[:count])
        decided(made)
        took = []
        for _ in range(9):
            start = time.perf_counter()
            decided(made)
            took.append(time.perf_counter() - start)
        print(statistics.median(took), flush=True)


if __name__ == "__main__":
    main()
