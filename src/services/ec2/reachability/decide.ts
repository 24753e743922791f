import type { End, GroupOfEnd, InterfaceEnd, OutsideEnd, RuleOfGroup } from './ends.ts';
import type { PlacedOn } from '../ports.ts';
import { aclLetsAnswersPass, aclLetsPass, isOfTraffic, isWithin, packetText, type Packet } from './packet.ts';

/** One thing on the way, in order. Behind one that does not let the packet pass there are no others. */
export interface Step {
  readonly passes: boolean;
  readonly text: string;
}

export interface Reachability {
  readonly reachable: boolean;
  readonly steps: readonly Step[];
}

export interface Question {
  readonly from: End;
  readonly to: End;
  readonly packet: Packet;
}

const answers = 'the answers need no rule: security groups let pass what belongs to a connection that they let begin';

/** Whether a packet gets from one end to the other and its answer back, and what decides that. */
export function decideReachability(question: Question): Reachability {
  const steps: Step[] = [];
  for (const step of stepsOf(question)) {
    steps.push(step);
    if (!step.passes) return { reachable: false, steps };
  }
  return { reachable: true, steps };
}

function* stepsOf({ from, to, packet }: Question): Iterable<Step> {
  if (to.kind === 'interface' && to.calledAt !== undefined) {
    yield* publicSteps({ from, to, packet }, to.calledAt);
    return;
  }
  if (from.kind === 'interface' && to.kind === 'interface' && from.id === to.id) {
    yield pass(`both are ${nameOf(from)}: what an interface sends to itself meets no rules`);
    return;
  }
  if (from.kind === 'outside' && to.kind === 'outside') {
    yield stop(`neither ${nameOf(from)} nor ${nameOf(to)} is a network interface of this account`);
    return;
  }
  if (from.kind === 'interface') yield groupsStep(from, { other: to, packet, isEgress: true });
  yield routeStep(from, to);
  yield* machineSteps(from, to);
  if (from.kind === 'outside' || to.kind === 'outside' || from.subnet.id !== to.subnet.id) {
    yield* aclSteps({ from, to, packet });
  }
  if (to.kind === 'interface') yield groupsStep(to, { other: from, packet, isEgress: false });
  yield pass(answers);
}

/** By public address both ends are outside of each other's VPC, whichever these are: each knows the other by its public address. */
function* publicSteps(
  { from, to, packet }: { readonly from: End; readonly to: InterfaceEnd; readonly packet: Packet },
  calledAt: string,
): Iterable<Step> {
  let caller = from;
  if (from.kind === 'interface') {
    const called = outsideAt(calledAt);
    yield groupsStep(from, { other: called, packet, isEgress: true });
    yield routeStep(from, called);
    if (from.machine !== undefined && to.machine !== undefined && from.machine.name !== to.machine.name) {
      yield stop(
        `${nameOf(to)} is on another machine than ${nameOf(from)}: public addresses are reached on their own machine only`,
      );
      return;
    }
    yield* aclSteps({ from, to: called, packet });
    caller = outsideAt(from.seenAs ?? from.address);
    yield pass(`${nameOf(from)} is seen there as ${caller.name}`);
  }
  yield wayIn(to);
  yield* aclSteps({ from: caller, to, packet });
  yield groupsStep(to, { other: caller, packet, isEgress: false });
  yield pass(answers);
}

function outsideAt(address: string): OutsideEnd {
  return { kind: 'outside', name: address, cidr: `${address}/32` };
}

/** What one of an interface's groups lets pass, passes. */
function groupsStep(
  end: InterfaceEnd,
  { other, packet, isEgress }: { readonly other: End; readonly packet: Packet; readonly isEgress: boolean },
): Step {
  const direction = isEgress ? 'outbound' : 'inbound';
  const what = `${packetText(packet)} ${isEgress ? 'to' : 'from'} ${nameOf(other)}`;
  if (end.groups.length === 0) return pass(`${end.id} is in no security group, so none refuses ${what}`);
  for (const group of end.groups) {
    const rule = group.rules.find((each) => each.isEgress === isEgress && lets(each, other, packet));
    if (rule !== undefined) {
      return pass(`the ${direction} rule ${rule.id} of ${groupText(group)} (${peerText(rule)}) lets pass ${what}`);
    }
  }
  return stop(`no ${direction} rule of ${end.groups.map(groupText).join(', ')} lets pass ${what}`);
}

function lets({ traffic, peer }: RuleOfGroup, other: End, packet: Packet): boolean {
  if (!isOfTraffic(packet, traffic)) return false;
  if ('group' in peer) return other.kind === 'interface' && other.groups.some(({ id }) => id === peer.group);
  return peer.cidrs.some((cidr) => isWithin(blockOf(other), cidr));
}

function routeStep(from: End, to: End): Step {
  if (from.kind === 'interface' && to.kind === 'interface') {
    if (from.vpc.id === to.vpc.id) return pass(`the local route of ${from.vpc.id} leads from one to the other`);
    return stop(`${nameOf(from)} is in ${from.vpc.id} and ${nameOf(to)} in ${to.vpc.id}: VPCs are not connected`);
  }
  if (from.kind === 'interface') {
    if (to.kind === 'outside' && to.nobody === true)
      return stop(`nobody is reached at the public address ${nameOf(to)}`);
    if (from.vpc.cidrs.some((cidr) => isWithin(blockOf(to), cidr))) {
      return stop(`no network interface has the address ${nameOf(to)} of ${from.vpc.id}`);
    }
    const { wayOut } = from;
    if (wayOut.kind === 'none') return stop(`nothing leads from ${from.id} out of ${from.vpc.id}: ${wayOut.because}`);
    return pass(`${wayOut.by} leads out of ${from.vpc.id}`);
  }
  return to.kind === 'interface' ? wayIn(to) : stop('nothing to route');
}

/** Between machines, as far as it is known which ones they are on: how they find each other there they decide themselves. */
function* machineSteps(from: End, to: End): Iterable<Step> {
  if (from.kind === 'outside' || to.kind === 'outside') return;
  const [one, other] = [from.machine, to.machine];
  if (one === undefined || other === undefined) return;
  if (one.underlay.address === other.underlay.address) {
    yield pass(`both are on ${machineText(one)}`);
    return;
  }
  const uses = [one.underlay.vxlan, other.underlay.vxlan];
  const never = uses.includes('never');
  if (never && uses.includes('always')) {
    yield stop(`${machineText(one)} and ${machineText(other)} do not agree whether to use VXLAN`);
    return;
  }
  const across = never
    ? 'if the two share a segment; no other way, because one of them uses no VXLAN'
    : 'where the two share a segment, else in VXLAN';
  const how = uses.includes('always') ? 'in VXLAN' : `by a plain route ${across}`;
  yield pass(`from ${machineText(one)} to ${machineText(other)} ${how}`);
}

function machineText({ name, underlay }: PlacedOn): string {
  return `${name} (${underlay.address})`;
}

/** From outside only an internet gateway leads in, to public addresses. */
function wayIn({ id, vpc, wayOut }: InterfaceEnd): Step {
  switch (wayOut.kind) {
    case 'internet':
      return pass(`${wayOut.by} leads in to ${id}, which has a public address`);
    case 'nat':
      return stop(`nothing leads in to ${id}: ${wayOut.by} lets out, and nobody in`);
    case 'none':
      return stop(`nothing leads into ${vpc.id} to ${id}: ${wayOut.because}`);
  }
}

/** Network ACLs know nothing of connections: the way there and the way back are two questions. */
function* aclSteps({ from, to, packet }: Question): Iterable<Step> {
  const step = (end: InterfaceEnd, passes: boolean, what: string): Step => {
    const text = `the network ACL of ${end.subnet.id} ${passes ? 'lets' : 'does not let'} ${what}`;
    return passes ? pass(text) : stop(text);
  };
  const text = packetText(packet);
  if (from.kind === 'interface') {
    const { egress, ingress } = from.subnet;
    yield step(from, aclLetsPass(egress, blockOf(to), packet), `${text} out to ${nameOf(to)}`);
    yield step(from, aclLetsAnswersPass(ingress, blockOf(to), packet), `the answers in from ${nameOf(to)}`);
  }
  if (to.kind === 'interface') {
    const { egress, ingress } = to.subnet;
    yield step(to, aclLetsPass(ingress, blockOf(from), packet), `${text} in from ${nameOf(from)}`);
    yield step(to, aclLetsAnswersPass(egress, blockOf(from), packet), `the answers out to ${nameOf(from)}`);
  }
}

function blockOf(end: End): string {
  return end.kind === 'outside' ? end.cidr : `${end.address}/32`;
}

export function nameOf(end: End): string {
  return end.kind === 'outside' ? end.name : `${end.id} (${end.address})`;
}

function groupText({ id, name }: GroupOfEnd): string {
  return `${id} "${name}"`;
}

function peerText({ peer }: RuleOfGroup): string {
  return 'group' in peer ? peer.group : peer.name;
}

function pass(text: string): Step {
  return { passes: true, text };
}

function stop(text: string): Step {
  return { passes: false, text };
}
