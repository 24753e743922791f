import type { ContainerStats } from '../index.ts';
import { containerPath } from './containers.ts';
import type { EngineApi } from './engine-api.ts';
import { callTimeoutMs } from './limits.ts';
import type { NetworkCounters, StatsReply } from './wire-types.ts';

/** One sample; undefined when the container is gone or does not run. */
export async function stats(api: EngineApi, container: string): Promise<ContainerStats | undefined> {
  const query = { stream: 'false', 'one-shot': 'true' };
  const path = containerPath(container, '/stats');
  const call = { method: 'GET', path, query, timeoutMs: callTimeoutMs.stats } as const;
  const { status, body } = await api.call(call, [404]);
  // The engine has promised 200 before it samples; of a container that ends in between it then says nothing.
  if (status === 404 || body.trim() === '') return undefined;
  return containerStats(JSON.parse(body) as StatsReply);
}

export function containerStats(raw: StatsReply): ContainerStats | undefined {
  const timeMs = Date.parse(raw.read);
  // A container that does not run is sampled in the year 1.
  if (Number.isNaN(timeMs) || timeMs < 0) return undefined;
  const network = networkSum(Object.values(raw.networks ?? {}));
  const blocks = raw.blkio_stats?.io_service_bytes_recursive;
  return {
    timeMs,
    cpuTotalNs: raw.cpu_stats.cpu_usage.total_usage,
    memoryBytes: memoryInUse(raw.memory_stats),
    ...(network === undefined ? {} : { network }),
    ...(blocks === undefined || blocks === null
      ? {}
      : { storage: { readBytes: sumOf(blocks, 'read'), writeBytes: sumOf(blocks, 'write') } }),
    raw,
  };
}

/** As `docker stats` and the ECS agent count: without page cache that could be given back at once (cgroup v1, then v2). */
function memoryInUse({ usage = 0, stats: detail }: StatsReply['memory_stats']): number {
  const idle = detail?.['total_inactive_file'] ?? detail?.['inactive_file'] ?? 0;
  return idle < usage ? usage - idle : usage;
}

function sumOf(blocks: readonly { readonly op: string; readonly value: number }[], op: string): number {
  return blocks.filter((block) => block.op.toLowerCase() === op).reduce((sum, block) => sum + block.value, 0);
}

function networkSum(interfaces: readonly NetworkCounters[]): ContainerStats['network'] {
  if (interfaces.length === 0) return undefined;
  const sum = (field: keyof NetworkCounters): number => interfaces.reduce((total, one) => total + one[field], 0);
  return {
    rxBytes: sum('rx_bytes'),
    rxPackets: sum('rx_packets'),
    rxErrors: sum('rx_errors'),
    rxDropped: sum('rx_dropped'),
    txBytes: sum('tx_bytes'),
    txPackets: sum('tx_packets'),
    txErrors: sum('tx_errors'),
    txDropped: sum('tx_dropped'),
  };
}
