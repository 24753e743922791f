import { InvalidArgument } from '../kernel/index.ts';
import { readAgentSettings, type AgentProcessOptions } from '../main/index.ts';
import type { Environment, Settings } from './options.ts';

const highestPort = 65_535;
/** Each stands in the record of the instance; AWS takes 100. */
const maxReserved = 1_000;

/** What `--reserved-ports` and `--port-range` say of the ports that an agent shares with others of its machine. @throws InvalidArgument */
export function portSettings(
  settings: Settings,
  environment: Environment,
): NonNullable<AgentProcessOptions['settings']> {
  const reserved = settings.get('reserved-ports');
  const range = settings.get('port-range');
  return {
    ...(reserved === undefined ? {} : withReserved(readPorts(reserved), environment)),
    ...(range === undefined ? {} : { dynamicHostPorts: readRange('port-range', range) }),
  };
}

function withReserved(
  ports: readonly number[],
  environment: Environment,
): NonNullable<AgentProcessOptions['settings']> {
  const { reservedTcpPorts, reservedUdpPorts } = readAgentSettings(environment);
  return {
    reservedTcpPorts: [...new Set([...reservedTcpPorts, ...ports])],
    reservedUdpPorts: [...new Set([...reservedUdpPorts, ...ports])],
  };
}

/** Ports and ranges with commas between them. */
export function readPorts(text: string): readonly number[] {
  const ports = text.split(',').flatMap((part) => {
    const { first, last } = readRange('reserved-ports', part.trim());
    if (last - first >= maxReserved) throw tooMany();
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  if (ports.length > maxReserved) throw tooMany();
  return ports;
}

function tooMany(): InvalidArgument {
  return new InvalidArgument(`--reserved-ports can name ${maxReserved} ports at most`);
}

function readRange(option: string, text: string): { readonly first: number; readonly last: number } {
  const [, from = '', to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === '' || first < 1 || last > highestPort || first > last)
    throw new InvalidArgument(
      `--${option} has '${text}', which is neither a port nor a range of ports such as 9000-9099`,
    );
  return { first, last };
}
