import { decideReachability, type Reachability, type Step } from '../reachability/decide.ts';
import type { End, InterfaceEnd } from '../reachability/ends.ts';

/** From a task's interface to what the platform needs there for the task. */
export interface WayQuestion {
  readonly from: InterfaceEnd;
  /** What is dialled: a name, or an IPv4 address. */
  readonly host: string;
  readonly port: number;
  /** Where the name server of the VPC answers; undefined: it does not. Of an address nobody is asked. */
  readonly nameServer?: string;
  /** The host itself, wherever it is. */
  readonly to: End;
  /** The interface endpoint that has the host's name in this VPC. */
  readonly endpoint?: EndpointOfName;
  /** How packets to the host leave by a gateway endpoint. */
  readonly gateway?: { readonly route: string; readonly endpointId: string };
}

export interface EndpointOfName {
  /** `vpce-…` */
  readonly id: string;
  /** Its interfaces, the one in the zone of the task first. */
  readonly ends: readonly InterfaceEnd[];
}

export interface Way extends Reachability {
  /** What a Go program says that dials it in vain. */
  readonly dial: string;
  /** The endpoint that the way leads through, such as `vpce-…`. */
  readonly throughId?: string;
}

/**
 * Whether the platform reaches a host through a task's interface, as FARGATE has it from platform version 1.4.0 on. A name means the endpoint that has it,
 * and then nothing else: when the endpoint's security group refuses, a NAT gateway does not help.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
 */
export function decideWay(question: WayQuestion): Way {
  const { host, port, endpoint, to } = question;
  const unresolved = namesNobody(question);
  if (unresolved !== undefined) return unresolved;
  if (endpoint !== undefined) return firstOpen(question, endpoint);
  const address = to.kind === 'interface' ? to.address : to.cidr.replace(/\/\d+$/, '');
  const way = dialled(
    { ...decideReachability({ from: departing(question), to, packet: packetTo(port) }), address, port },
    [{ passes: true, text: address === host ? `${host} is an address` : `${host} is outside` }],
  );
  return question.gateway === undefined ? way : { ...way, throughId: question.gateway.endpointId };
}

function namesNobody({ from, host, nameServer, endpoint }: WayQuestion): Way | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return undefined;
  const lookup = `dial tcp: lookup ${host}`;
  if (nameServer === undefined) {
    const text = `nobody resolves ${host}: DNS support of ${from.vpc.id} is off`;
    return { reachable: false, dial: `${lookup}: i/o timeout`, steps: [{ passes: false, text }] };
  }
  if (endpoint?.ends.length !== 0) return undefined;
  const text = `${host} is a name of ${endpoint.id}, which has no interface in any subnet`;
  return { reachable: false, dial: `${lookup} on ${nameServer}:53: no such host`, steps: [{ passes: false, text }] };
}

/** All addresses that a name means are tried; why the first is closed is told. */
function firstOpen({ from, host, port }: WayQuestion, { id, ends }: EndpointOfName): Way {
  const ways = ends.map((to) =>
    dialled({ ...decideReachability({ from, to, packet: packetTo(port) }), address: to.address, port }, [
      { passes: true, text: `${host} is a name of ${id}` },
    ]),
  );
  return { ...(ways.find(({ reachable }) => reachable) ?? (ways[0] as Way)), throughId: id };
}

/** A gateway endpoint leads out as a NAT gateway does, but only to its service. */
function departing({ from, gateway }: WayQuestion): InterfaceEnd {
  return gateway === undefined ? from : { ...from, wayOut: { kind: 'nat', by: gateway.route } };
}

function packetTo(port: number) {
  return { protocol: 6, port };
}

function dialled(
  { reachable, steps, address, port }: Reachability & { readonly address: string; readonly port: number },
  before: readonly Step[],
): Way {
  return { reachable, steps: [...before, ...steps], dial: `dial tcp ${address}:${port}: i/o timeout` };
}
