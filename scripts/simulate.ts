// npx tsx scripts/simulate.ts --seed 7 --hours 24: the control plane on simulated time, with faults. Ends with an error, and the seed, when
// something that must always hold does not.
import { parseArgs } from 'node:util';
import { calm, rough, SimCluster } from '../src/testkit/index.ts';

const usage = 'usage: simulate [--seed 1] [--seeds 1] [--hours 1] [--calm] [--services]';
/** Simulated between two lines of progress. */
const stepMs = 10 * 60_000;

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} must be a number above 0, not '${text}'; ${usage}`);
}

async function simulate(
  seed: number,
  hours: number,
  { calm: faultless, services }: { readonly calm: boolean; readonly services: boolean },
): Promise<void> {
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const sim = await SimCluster.start(seed, { settle, faults: faultless ? calm : rough, services });
  for (let leftMs = hours * 3_600_000; leftMs > 0; leftMs -= stepMs) {
    await sim.run(Math.min(stepMs, leftMs));
    await sim.converge();
    process.stderr.write(
      `\rseed ${seed}: ${(sim.report.simulatedMs / 3_600_000).toFixed(1)} h, ${sim.report.transactions} transactions`,
    );
  }
  process.stderr.write('\n');
  console.log(JSON.stringify(sim.report));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      hours: { type: 'string', default: '1' },
      calm: { type: 'boolean', default: false },
      services: { type: 'boolean', default: false },
    },
  });
  const first = whole('seed', values.seed);
  const hours = whole('hours', values.hours);
  for (let seed = first; seed < first + whole('seeds', values.seeds); seed++) await simulate(seed, hours, values);
}

main().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
