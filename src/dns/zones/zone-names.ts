import type { NameInstance, NameService, NameZone } from '../../names-protocol/index.ts';
import type { Asker, Authority, NameRecord, Names } from '../names.ts';
import { inCidr } from './in-cidr.ts';
import type { KnownZones } from './known-zones.ts';

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-multivalue.html */
const mostAnswers = 8;
/** As Route 53 writes the SRV records of instances. */
const srvPriority = 1;
const srvWeight = 1;

/**
 * Names of private namespaces. A task whose address is in the VPC of some namespace sees those of that VPC only; whoever else asks (a program on the
 * machine, a task without an address of its own) sees all, the oldest of a name first. A zone that is everywhere is seen by everybody.
 * @param fraction a random number in [0, 1)
 */
export function zoneNames(known: KnownZones, fraction: () => number): Names {
  return {
    lookup(name, asker) {
      const found = zoneOf(known, name, asker);
      if (found === undefined) return undefined;
      return found.within === '' ? [startOf(found.zone)] : recordsOf(known, found, fraction);
    },
    authority(name, asker) {
      const found = zoneOf(known, name, asker);
      return found === undefined ? undefined : { name: found.zone.name, record: startOf(found.zone) };
    },
  };
}

interface Place {
  readonly zone: NameZone;
  /** The name without its zone's; empty: the zone itself. */
  readonly within: string;
}

/** The most exact zone that a name is in and that the asker sees. */
function zoneOf(known: KnownZones, name: string, asker: Asker): Place | undefined {
  const labels = name.split('.');
  for (let at = 0; at < labels.length; at++) {
    const zone = seen(known, known.zonesNamed(labels.slice(at).join('.')), asker);
    if (zone !== undefined) return { zone, within: labels.slice(0, at).join('.') };
  }
  return undefined;
}

function seen(known: KnownZones, zones: readonly NameZone[], { kind, address }: Asker): NameZone | undefined {
  const open = zones.find(({ everywhere }) => everywhere === true);
  if (open !== undefined || zones.length === 0 || kind === 'host') return open ?? zones[0];
  const covers = ({ cidrs }: NameZone): boolean => cidrs.some((cidr) => inCidr(address, cidr));
  const own = zones.find(covers);
  if (own !== undefined || [...known.zones].some(covers)) return own;
  return zones[0];
}

function startOf({ name, soaTtl }: NameZone): Authority['record'] {
  return {
    type: 'SOA',
    ttl: soaTtl,
    data: {
      mname: `ns.${name}`,
      rname: `hostmaster.${name}`,
      serial: 1,
      refresh: 7_200,
      retry: 900,
      expire: 1_209_600,
      minimum: soaTtl,
    },
  };
}

function recordsOf(known: KnownZones, { zone, within }: Place, fraction: () => number): readonly NameRecord[] {
  const service = known.service(zone.id, within);
  if (service !== undefined && service.instances.length > 0)
    return chosen(service, fraction).flatMap((instance) => ownRecords(service, instance, zone));
  return ofInstance(known, zone, within) ?? [];
}

/** The healthy ones, or all when none is; in random order. */
function chosen({ instances, routingPolicy }: NameService, fraction: () => number): readonly NameInstance[] {
  const healthy = instances.filter((one) => one.healthy);
  const most = routingPolicy === 'WEIGHTED' ? 1 : mostAnswers;
  return (healthy.length > 0 ? healthy : instances)
    .map((one) => ({ one, at: fraction() }))
    .sort((left, right) => left.at - right.at)
    .slice(0, most)
    .map(({ one }) => one);
}

function ownRecords(service: NameService, instance: NameInstance, zone: NameZone): readonly NameRecord[] {
  return service.records.flatMap(({ type, ttl }): readonly NameRecord[] => {
    const { ipv4, ipv6, cname, port } = instance;
    if (type === 'A') return ipv4 === undefined ? [] : [{ type, data: ipv4, ttl }];
    if (type === 'AAAA') return ipv6 === undefined ? [] : [{ type, data: ipv6, ttl }];
    if (type === 'CNAME') return cname === undefined ? [] : [{ type, data: cname, ttl }];
    const target = `${instance.id}.${service.name}.${zone.name}`;
    return port === undefined ? [] : [{ type, data: { target, port, priority: srvPriority, weight: srvWeight }, ttl }];
  });
}

/** The addresses of an instance under its own name, which SRV records lead to. Undefined: there is no such name. */
function ofInstance(known: KnownZones, zone: NameZone, within: string): readonly NameRecord[] | undefined {
  for (let dot = within.indexOf('.'); dot !== -1; dot = within.indexOf('.', dot + 1)) {
    const service = known.service(zone.id, within.slice(dot + 1));
    const ttl = service?.records.find(({ type }) => type === 'SRV')?.ttl;
    const instance = service?.instances.find(({ id }) => id === within.slice(0, dot));
    if (ttl === undefined || instance === undefined) continue;
    const { ipv4, ipv6 } = instance;
    return [
      ...(ipv4 === undefined ? [] : [{ type: 'A', data: ipv4, ttl } as const]),
      ...(ipv6 === undefined ? [] : [{ type: 'AAAA', data: ipv6, ttl } as const]),
    ];
  }
  // Between the names of others and their zone: it is there, and has nothing.
  for (const { name, instances } of known.servicesOf(zone.id))
    if (name.endsWith(`.${within}`) && instances.length > 0) return [{ type: 'NONE', ttl: zone.soaTtl }];
  return undefined;
}
