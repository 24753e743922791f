import { invalidCombination, invalidParameterValue, missingParameter, notImplemented } from '../errors.ts';
import type { VolumeProperties, VolumeType } from '../records/volume.ts';

interface Range {
  readonly least: number;
  readonly most: number;
}

interface TypeRules {
  readonly sizeGiB: Range;
  /** Absent: the type has none to give. */
  readonly iops?: Range & { readonly perGiB: number };
  readonly throughput?: Range & { readonly perIops: number };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html and https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const rules: Readonly<Record<VolumeType, TypeRules>> = {
  gp2: { sizeGiB: { least: 1, most: 16_384 } },
  gp3: {
    sizeGiB: { least: 1, most: 65_536 },
    iops: { least: 3_000, most: 80_000, perGiB: 500 },
    throughput: { least: 125, most: 2_000, perIops: 0.25 },
  },
  io1: { sizeGiB: { least: 4, most: 16_384 }, iops: { least: 100, most: 64_000, perGiB: 50 } },
  io2: { sizeGiB: { least: 4, most: 65_536 }, iops: { least: 100, most: 256_000, perGiB: 1_000 } },
  sc1: { sizeGiB: { least: 125, most: 16_384 } },
  st1: { sizeGiB: { least: 125, most: 16_384 } },
  standard: { sizeGiB: { least: 1, most: 1_024 } },
};
const initializationRate: Range = { least: 100, most: 300 };
/** What every gp3 volume may have, whatever its size. */
const gp3Iops = 3_000;
const gp3Throughput = 125;

/** What a request says of a volume. */
export interface WantedVolume {
  readonly sizeGiB?: number | undefined;
  readonly type?: VolumeType | undefined;
  readonly iops?: number | undefined;
  readonly throughput?: number | undefined;
  readonly initializationRate?: number | undefined;
  readonly encrypted?: boolean | undefined;
  readonly kmsKeyId?: string | undefined;
}

/** The snapshot that a volume is made from. */
interface Source {
  readonly id: string;
  readonly sizeGiB: number;
}

/** Checks what is wanted and fills in what AWS fills in. @throws ApiError in EC2's codes */
export function volumeProperties(wanted: WantedVolume, source?: Source): VolumeProperties {
  const { type = 'gp2', sizeGiB = source?.sizeGiB, initializationRate: rate } = wanted;
  // There is no KMS, and nothing here encrypts.
  if (wanted.encrypted === true) throw notImplemented('Encryption of volumes (Encrypted)');
  if (wanted.kmsKeyId !== undefined) throw notImplemented('Encryption of volumes (KmsKeyId)');
  if (sizeGiB === undefined) throw missingParameter('size/snapshot');
  within(sizeGiB, rules[type].sizeGiB, `Volume of ${sizeGiB}GiB is of an invalid size for volume type ${type}`);
  if (source !== undefined && sizeGiB < source.sizeGiB)
    throw invalidParameterValue(
      `Volume of ${sizeGiB}GiB is smaller than snapshot '${source.id}', expect size >= ${source.sizeGiB}GiB`,
    );
  if (rate !== undefined) {
    if (source === undefined)
      throw invalidCombination('The parameter VolumeInitializationRate is only supported with a snapshot');
    within(rate, initializationRate, `Volume initialization rate of ${rate} MiB/s is invalid`);
  }
  return {
    sizeGiB,
    type,
    ...speed(type, sizeGiB, wanted),
    ...(source === undefined ? {} : { snapshotId: source.id }),
    ...(rate === undefined ? {} : { initializationRate: rate }),
  };
}

function speed(
  type: VolumeType,
  sizeGiB: number,
  { iops: wantedIops, throughput: wantedThroughput }: WantedVolume,
): Pick<VolumeProperties, 'iops' | 'throughput'> {
  const { iops: range, throughput: throughputRange } = rules[type];
  if (wantedThroughput !== undefined && throughputRange === undefined)
    throw invalidCombination(`The parameter throughput is not supported for ${type} volumes.`);
  if (range === undefined) {
    if (wantedIops !== undefined) throw invalidCombination(`The parameter iops is not supported for ${type} volumes.`);
    // Of gp2 the figure follows from the size. https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
    return type === 'gp2' ? { iops: Math.min(Math.max(3 * sizeGiB, 100), 16_000) } : {};
  }
  if (wantedIops === undefined && type !== 'gp3') throw missingParameter('iops');
  const iops = wantedIops ?? gp3Iops;
  within(iops, range, `Volume iops of ${iops} is invalid for volume type ${type}`);
  if (iops > range.perGiB * sizeGiB && !(type === 'gp3' && iops <= gp3Iops))
    throw invalidParameterValue(
      `Iops to volume size ratio of ${(iops / sizeGiB).toFixed(1)} is too high; maximum is ${range.perGiB}`,
    );
  if (throughputRange === undefined) return { iops };
  const throughput = wantedThroughput ?? gp3Throughput;
  within(throughput, throughputRange, `Volume throughput of ${throughput} MiB/s is invalid`);
  if (throughput > throughputRange.perIops * iops)
    throw invalidParameterValue(
      `Throughput (MiB/s) to iops ratio of ${(throughput / iops).toFixed(3)} is too high; maximum is ${throughputRange.perIops} MiB/s per iops`,
    );
  return { iops, throughput };
}

/** @param what said of a value outside */
function within(value: number, { least, most }: Range, what: string): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw invalidParameterValue(`${what}; expected a value between ${least} and ${most}`);
}
