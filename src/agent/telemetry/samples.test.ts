import { expect, test } from 'vitest';
import type { ContainerStats } from '../../runtime/index.ts';
import type { SampleWindow } from './samples.ts';
import { addSample, containerMetrics, resetWindow } from './samples.ts';

const mebibyte = 1_048_576;
function sample(seconds: number, cpuSeconds: number, rxBytes: number): ContainerStats {
  const network = {
    rxBytes,
    rxPackets: 1,
    rxErrors: 0,
    rxDropped: 0,
    txBytes: 0,
    txPackets: 0,
    txErrors: 0,
    txDropped: 0,
  };
  return { timeMs: seconds * 1000, cpuTotalNs: cpuSeconds * 1e9, memoryBytes: 64 * mebibyte, network, raw: {} };
}

test('cpu is percent of the whole machine, traffic a rate and a counter, and a lone sample says nothing', () => {
  let window: SampleWindow | undefined;
  window = addSample(window, sample(0, 0, 1_000));
  expect(containerMetrics(window, 2)).toBeUndefined();
  window = addSample(window, sample(10, 10, 3_000));
  window = addSample(window, sample(20, 15, 3_000));
  expect(containerMetrics(window, 2)).toMatchObject({
    cpuStatsSet: { min: 25, max: 50, sampleCount: 2, sum: 75 },
    memoryStatsSet: { min: 64, max: 64, sampleCount: 3, sum: 192 },
    networkStatsSet: {
      rxBytesPerSecond: { min: 0, max: 200, sampleCount: 2, sum: 200 },
      rxBytes: { max: 3_000, sampleCount: 3 },
    },
  });
});

test('the next window goes on from the last sample; a counter that went back counts as no use', () => {
  let window = resetWindow(addSample(addSample(undefined, sample(0, 0, 0)), sample(10, 10, 0)));
  window = addSample(window, sample(20, 1, 0));
  expect(containerMetrics(window, 1)).toMatchObject({ cpuStatsSet: { min: 0, max: 0, sampleCount: 1, sum: 0 } });
});
