"""Schelling's segregation in Mesa: prints the seconds of each run, then the last map."""

import sys
import time

from mesa import Model
from mesa.discrete_space import CellAgent, OrthogonalMooreGrid

SIDE, AGENTS, RADIUS, WANTED, STEPS, RUNS = map(int, sys.argv[1:])


class Resident(CellAgent):
    def __init__(self, model, cell, group):
        super().__init__(model)
        self.cell = cell
        self.group = group

    def step(self):
        alike = 0
        for other in self.cell.get_neighborhood(radius=RADIUS).agents:
            if other.group == self.group:
                alike += 1
        if alike < WANTED:
            self.cell = self.model.grid.select_random_empty_cell()


class Town(Model):
    def __init__(self, seed):
        super().__init__(seed=seed)
        self.grid = OrthogonalMooreGrid((SIDE, SIDE), capacity=1, random=self.random)
        cells = self.random.sample(list(self.grid.all_cells), AGENTS)
        for at, cell in enumerate(cells):
            Resident(self, cell, 1 + at % 2)

    def step(self):
        self.agents.shuffle_do("step")


times = []
for run in range(RUNS):
    town = Town(run)
    start = time.perf_counter()
    for _ in range(STEPS):
        town.step()
    times.append(time.perf_counter() - start)

groups = {agent.cell.coordinate: str(agent.group) for agent in town.agents}
print(*times)
print("".join(groups.get((x, y), "0") for x in range(SIDE) for y in range(SIDE)))
