import type { Unit, UnitChart } from '../api/types';

/** What is done to a unit. */
export type UnitTask = 'create' | 'rename' | 'move';

/** A unit in the chart, with how deep it stands and where among its neighbours. */
export interface TreeRow {
  unit: Unit;
  level: number;
  position: number;
  siblings: number;
  hasChildren: boolean;
}

/** Lays a chart out from top to bottom, each unit before those below it; what stands below a closed one is left out. */
export function layOut(chart: UnitChart, closed: ReadonlySet<number>): TreeRow[] {
  const below = new Map<number, Unit[]>();
  for (const unit of chart.units) {
    if (unit.parent !== null) {
      below.set(unit.parent, [...(below.get(unit.parent) ?? []), unit]);
    }
  }
  const rows: TreeRow[] = [];
  const walk = (unit: Unit, level: number, position: number, siblings: number): void => {
    const children = below.get(unit.id) ?? [];
    rows.push({ unit, level, position, siblings, hasChildren: children.length > 0 });
    if (!closed.has(unit.id)) {
      children.forEach((child, at) => {
        walk(child, level + 1, at + 1, children.length);
      });
    }
  };
  walk(chart.unit, 1, 1, 1);
  return rows;
}

/** Gives the units that another one can stand below: neither itself nor what stands below it. */
export function placesFor(chart: UnitChart, moved: Unit): Unit[] {
  const below = new Set(layOut({ ...chart, unit: moved }, new Set()).map((row) => row.unit.id));
  return [chart.unit, ...chart.units].filter(
    (unit) => !below.has(unit.id) && (moved.kind !== 'branch' || unit.kind !== 'team'),
  );
}
