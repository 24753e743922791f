import { invalidValue } from '../errors.ts';

/** What an instance class has. https://aws.amazon.com/rds/instance-types/ */
export interface InstanceClass {
  readonly cpus: number;
  readonly memoryGiB: number;
  /** Has a share of its processors only, and takes more when nobody else wants it. */
  readonly burstable: boolean;
}

type Size = readonly [name: string, cpus: number, memoryGiB: number];

const burstable: readonly Size[] = [
  ['micro', 2, 1],
  ['small', 2, 2],
  ['medium', 2, 4],
  ['large', 2, 8],
  ['xlarge', 4, 16],
  ['2xlarge', 8, 32],
];
const general: readonly Size[] = [
  ['large', 2, 8],
  ['xlarge', 4, 16],
  ['2xlarge', 8, 32],
  ['4xlarge', 16, 64],
  ['8xlarge', 32, 128],
  ['12xlarge', 48, 192],
  ['16xlarge', 64, 256],
];
const memory: readonly Size[] = general.map(([name, cpus, memoryGiB]) => [name, cpus, memoryGiB * 2]);

/** Those that RDS offers for PostgreSQL, without the oldest and the rarest. */
const families: Readonly<Record<string, readonly Size[]>> = {
  t3: burstable,
  t4g: burstable,
  m5: general,
  m6g: general,
  m6i: general,
  m7g: general,
  r5: memory,
  r6g: memory,
  r6i: memory,
  r7g: memory,
};

const classes: ReadonlyMap<string, InstanceClass> = new Map(
  Object.entries(families).flatMap(([family, sizes]) =>
    sizes.map(([name, cpus, memoryGiB]): [string, InstanceClass] => [
      `db.${family}.${name}`,
      { cpus, memoryGiB, burstable: sizes === burstable },
    ]),
  ),
);

export const classNames: readonly string[] = [...classes.keys()];

/** @throws InvalidParameterValue */
export function instanceClass(name: string): InstanceClass {
  const found = classes.get(name);
  if (found !== undefined) return found;
  if (/^db\.[a-z0-9-]+\.[a-z0-9.]+$/.test(name))
    throw invalidValue(`Invalid DB Instance class: ${name} (Longshore has ${Object.keys(families).join(', ')})`);
  throw invalidValue(`Invalid DB Instance class: ${name}`);
}
