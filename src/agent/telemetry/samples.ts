import type { ContainerStats } from '../../runtime/index.ts';

/** Samples of one container since the last report, and the one before them for rates. */
export interface SampleWindow {
  readonly previous?: ContainerStats;
  readonly samples: readonly ContainerStats[];
}

/** Most samples that are kept when telemetry cannot be sent. */
const largestWindow = 60;

export function addSample(window: SampleWindow | undefined, sample: ContainerStats): SampleWindow {
  const samples = [...(window?.samples ?? []), sample].slice(-largestWindow);
  return window?.previous === undefined ? { samples } : { previous: window.previous, samples };
}

/** The window after it was reported: its last sample is where the next rates begin. */
export function resetWindow(window: SampleWindow): SampleWindow {
  const previous = window.samples[window.samples.length - 1] ?? window.previous;
  return previous === undefined ? { samples: [] } : { previous, samples: [] };
}

interface StatsSet {
  readonly min: number;
  readonly max: number;
  readonly sampleCount: number;
  readonly sum: number;
}

interface CounterSet extends StatsSet {
  readonly overflowMin: number;
  readonly overflowMax: number;
  readonly overflowSum: number;
}

/** cpuStatsSet and its fellows as TCS takes them; undefined when the window has no rate yet. */
export function containerMetrics(window: SampleWindow, cores: number): Readonly<Record<string, unknown>> | undefined {
  const points = window.previous === undefined ? window.samples : [window.previous, ...window.samples];
  if (points.length < 2) return undefined;
  const cpu = rates(points, (sample) => sample.cpuTotalNs / 1e6).map((perSecond) => (perSecond / 1000 / cores) * 100);
  const networks = points.flatMap((sample) => (sample.network === undefined ? [] : [sample.network]));
  const storages = window.samples.flatMap((sample) => (sample.storage === undefined ? [] : [sample.storage]));
  return {
    cpuStatsSet: statsSet(cpu),
    memoryStatsSet: statsSet(window.samples.map((sample) => Math.floor(sample.memoryBytes / 1_048_576))),
    ...(networks.length < 2 ? {} : { networkStatsSet: networkSet(points, networks) }),
    ...(storages.length === 0
      ? {}
      : {
          storageStatsSet: {
            readSizeBytes: counterSet(storages.map((storage) => storage.readBytes)),
            writeSizeBytes: counterSet(storages.map((storage) => storage.writeBytes)),
          },
        }),
  };
}

type Network = NonNullable<ContainerStats['network']>;

function networkSet(
  points: readonly ContainerStats[],
  networks: readonly Network[],
): Readonly<Record<string, unknown>> {
  const names = [
    'rxBytes',
    'rxDropped',
    'rxErrors',
    'rxPackets',
    'txBytes',
    'txDropped',
    'txErrors',
    'txPackets',
  ] as const;
  const counters = names.map((name) => [name, counterSet(networks.map((network) => network[name]))]);
  return {
    ...Object.fromEntries(counters),
    rxBytesPerSecond: statsSet(rates(points, (sample) => sample.network?.rxBytes ?? 0)),
    txBytesPerSecond: statsSet(rates(points, (sample) => sample.network?.txBytes ?? 0)),
  };
}

/** Increase a second between neighbouring samples; a counter that went back (a restart) counts as none. */
function rates(points: readonly ContainerStats[], of: (sample: ContainerStats) => number): readonly number[] {
  return points.slice(1).flatMap((sample, index) => {
    const before = points[index] as ContainerStats;
    const seconds = (sample.timeMs - before.timeMs) / 1000;
    return seconds <= 0 ? [] : [Math.max(0, of(sample) - of(before)) / seconds];
  });
}

function statsSet(values: readonly number[]): StatsSet {
  if (values.length === 0) return { min: 0, max: 0, sampleCount: 0, sum: 0 };
  return {
    min: Math.min(...values),
    max: Math.max(...values),
    sampleCount: values.length,
    sum: values.reduce((total, value) => total + value, 0),
  };
}

/** Whole counters; JavaScript's integers hold them without the 64-bit overflow parts. */
function counterSet(values: readonly number[]): CounterSet {
  return { ...statsSet(values), overflowMin: 0, overflowMax: 0, overflowSum: 0 };
}
