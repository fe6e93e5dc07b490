import { medianOf, type Series } from './measure.ts';
import { fixed } from './table.ts';

/** Cores that other programs may keep busy before rates are no longer to be trusted. */
const QUIET = 0.15;

/** Says so when contestants had to share the machine: rates depend on how much of it there is to have. */
export function warnOfOthers(series: readonly Series[]): void {
  const cores = Math.max(...series.map((one) => medianOf(one, (sample) => sample.othersCores)));
  if (cores > QUIET)
    console.log(`Other programs kept ${fixed(cores, 2)} cores busy meanwhile: do not trust these figures.`);
}
