/** Task-level cpu that EC2 and EXTERNAL allow, in CPU units. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters_ec2.html#task_size_ec2 */
export const minTaskCpuUnits = 128;
export const maxTaskCpuUnits = 196_608;
/** The largest task-level memory the API takes, in MiB (32 TiB): above any machine, below what arithmetic loses. */
const maxTaskMemoryMiB = 32 * 1024 * 1024;
/** The least that Docker lets a container have, in MiB. */
export const minContainerMemoryMiB = 4;

interface FargateSize {
  readonly cpuUnits: number;
  readonly memoryMiB: readonly number[];
}

function steps(from: number, to: number, by: number): readonly number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, index) => from + index * by);
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size */
export const fargateSizes: readonly FargateSize[] = [
  { cpuUnits: 256, memoryMiB: [512, 1024, 2048] },
  { cpuUnits: 512, memoryMiB: steps(1024, 4096, 1024) },
  { cpuUnits: 1024, memoryMiB: steps(2048, 8192, 1024) },
  { cpuUnits: 2048, memoryMiB: steps(4096, 16_384, 1024) },
  { cpuUnits: 4096, memoryMiB: steps(8192, 30_720, 1024) },
  { cpuUnits: 8192, memoryMiB: steps(16_384, 61_440, 4096) },
  { cpuUnits: 16_384, memoryMiB: steps(32_768, 122_880, 8192) },
];

/** Windows tasks on Fargate start at one vCPU. */
const minWindowsFargateCpuUnits = 1024;

/** True when Fargate has a machine of exactly this size. */
export function isFargateSize(cpuUnits: number, memoryMiB: number, windows = false): boolean {
  if (windows && cpuUnits < minWindowsFargateCpuUnits) return false;
  return fargateSizes.some((size) => size.cpuUnits === cpuUnits && size.memoryMiB.includes(memoryMiB));
}

/** CPU units of a task-level `cpu`: `256`, `.25 vCPU`, `1vcpu`. Undefined when it is not one. */
export function parseTaskCpu(text: string): number | undefined {
  return parseAmount(text, /^\s*(\d*\.?\d+)\s*vcpu\s*$/i, maxTaskCpuUnits);
}

/** MiB of a task-level `memory`: `512`, `0.5 GB`, `1gb`. Undefined when it is not one. */
export function parseTaskMemory(text: string): number | undefined {
  return parseAmount(text, /^\s*(\d*\.?\d+)\s*gb\s*$/i, maxTaskMemoryMiB);
}

/** A plain integer, or a number with a unit worth 1,024 of it. */
function parseAmount(text: string, withUnit: RegExp, max: number): number | undefined {
  const large = withUnit.exec(text)?.[1];
  const amount = large !== undefined ? Number(large) * 1024 : /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN;
  return Number.isInteger(amount) && amount > 0 && amount <= max ? amount : undefined;
}
