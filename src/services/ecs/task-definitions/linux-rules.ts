import type { ContainerDefinition, Definition, Problems } from './definition.ts';
import { isWindows, isWithin, nameOf } from './definition.ts';

const maxSwappiness = 100;
/** Sizes the API takes, in MiB: 32 bits. */
const maxMiB = 2_147_483_647;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.html */
const capabilities = new Set(
  `ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER
  KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW SETFCAP SETGID
  SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME
  SYS_TTY_CONFIG SYSLOG WAKE_ALARM`.split(/\s+/),
);

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html */
const mountOptions = new Set(
  `defaults ro rw suid nosuid dev nodev exec noexec sync async dirsync remount mand nomand atime noatime diratime nodiratime
  bind rbind unbindable runbindable private rprivate shared rshared slave rslave relatime norelatime strictatime nostrictatime
  mode uid gid nr_inodes nr_blocks mpol`.split(/\s+/),
);

/** Rules about `linuxParameters`. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html */
export function* linuxProblems(definition: Definition): Problems {
  for (const container of definition.containerDefinitions) {
    const linux = container.linuxParameters;
    if (linux === undefined) continue;
    if (isWindows(definition))
      yield `linuxParameters of container '${nameOf(container)}' are not supported on Windows.`;
    yield* capabilityProblems(container);
    yield* memoryProblems(container);
    yield* tmpfsProblems(container);
    for (const { hostPath } of linux.devices ?? []) {
      if (!hostPath.startsWith('/'))
        yield `Invalid device host path '${hostPath}' for container '${nameOf(container)}'.`;
    }
  }
}

function* capabilityProblems(container: ContainerDefinition): Problems {
  const { add = [], drop = [] } = container.linuxParameters?.capabilities ?? {};
  for (const capability of [...add, ...drop]) {
    if (!capabilities.has(capability))
      yield `Invalid Linux capability '${capability}' for container '${nameOf(container)}'.`;
  }
}

function* memoryProblems(container: ContainerDefinition): Problems {
  const { sharedMemorySize, maxSwap, swappiness } = container.linuxParameters ?? {};
  const name = nameOf(container);
  if (sharedMemorySize !== undefined && !isWithin(sharedMemorySize, 1, maxMiB))
    yield `Invalid 'sharedMemorySize' setting for container '${name}'.`;
  if (maxSwap !== undefined && !isWithin(maxSwap, 0, maxMiB))
    yield `Invalid 'maxSwap' setting for container '${name}'.`;
  if (swappiness !== undefined && !isWithin(swappiness, 0, maxSwappiness)) {
    yield `Invalid 'swappiness' setting for container '${name}'. The value must be between 0 and ${maxSwappiness}.`;
  }
}

function* tmpfsProblems(container: ContainerDefinition): Problems {
  const name = nameOf(container);
  for (const { containerPath, size, mountOptions: options = [] } of container.linuxParameters?.tmpfs ?? []) {
    if (!containerPath.startsWith('/'))
      yield `Invalid tmpfs container path '${containerPath}' for container '${name}'.`;
    if (!isWithin(size, 1, maxMiB)) yield `Invalid tmpfs 'size' setting for container '${name}'.`;
    for (const option of options) {
      if (!mountOptions.has(option.split('=', 1)[0] ?? ''))
        yield `Invalid tmpfs mount option '${option}' for container '${name}'.`;
    }
  }
}
