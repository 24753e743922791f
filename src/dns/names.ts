export interface SrvTarget {
  readonly target: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** https://www.rfc-editor.org/rfc/rfc1035#section-3.3.13 */
export interface StartOfAuthority {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** One record of a name that was asked for. Seconds for `ttl`. `NONE`: the name is there, and has no records. */
export type NameRecord =
  | { readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'TXT'; readonly data: string; readonly ttl: number }
  | { readonly type: 'SRV'; readonly data: SrvTarget; readonly ttl: number }
  | { readonly type: 'SOA'; readonly data: StartOfAuthority; readonly ttl: number }
  | { readonly type: 'NONE'; readonly ttl: number };

/** Who asks: a task (which can reach addresses in its VPC) or a program on the machine, and from which address. */
export interface Asker {
  readonly kind: 'task' | 'host';
  readonly address: string;
}

/** What an answer without records says of the zone, so that it is remembered no longer than the zone's owner wants. */
export interface Authority {
  readonly name: string;
  readonly record: Extract<NameRecord, { readonly type: 'SOA' }>;
}

/** Names that somebody knows. Lower case, without the last dot. Called for each question, so it must be quick. */
export interface Names {
  /**
   * All records of a name, whatever their type, for this asker.
   * @returns undefined: not a name of ours, others may know it; empty: ours, and it does not exist
   */
  lookup(name: string, asker: Asker): readonly NameRecord[] | undefined;
  /** Whether this asker is answered at all; absent: everybody is. */
  answers?(asker: Asker): boolean;
  /** The zone of a name of ours, where it has one. */
  authority?(name: string, asker: Asker): Authority | undefined;
}

/** Asks one after another; the first that knows the name answers. */
export function firstOf(sources: readonly Names[]): Names {
  return {
    lookup(name, asker) {
      for (const source of sources) {
        const found = source.lookup(name, asker);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    answers: (asker) => sources.every((source) => source.answers?.(asker) !== false),
    authority(name, asker) {
      return sources.find((source) => source.lookup(name, asker) !== undefined)?.authority?.(name, asker);
    },
  };
}

/** The VPC's own names are made of the address, in us-east-1 and elsewhere. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html */
const privateName =
  /^ip-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})\.(?:ec2\.internal|[a-z]{2}(?:-[a-z]+)+-\d\.compute\.internal)$/;
const reverseName = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/;
const privateTtl = 60;

/**
 * `ip-172-31-0-5.ec2.internal` is 172.31.0.5, and backwards for addresses that `owns` says are of a VPC.
 * @param regionOf where such an address is; undefined: in us-east-1
 */
export function privateNames(
  owns: (address: string) => boolean,
  regionOf: (address: string) => string | undefined = () => undefined,
): Names {
  return {
    lookup(name) {
      const forward = privateName.exec(name)?.slice(1);
      if (forward !== undefined) {
        const address = forward.map(Number).join('.');
        return isAddress(forward) && owns(address) ? [{ type: 'A', data: address, ttl: privateTtl }] : [];
      }
      const reverse = reverseName.exec(name)?.slice(1).reverse();
      const address = reverse?.join('.') ?? '';
      if (reverse === undefined || !isAddress(reverse) || !owns(address)) return undefined;
      const region = regionOf(address) ?? 'us-east-1';
      const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
      return [{ type: 'PTR', data: `ip-${reverse.join('-')}.${domain}`, ttl: privateTtl }];
    },
  };
}

function isAddress(parts: readonly string[]): boolean {
  return parts.every((part) => Number(part) <= 255);
}

const prefixedAddress = /^(?:data|stream)-(\d{1,3}(?:\.\d{1,3}){3})$/;

/** SDKs put a word before the endpoint's host for some operations (DiscoverInstances, StartLiveTail); of an endpoint that is an address this is a name. */
export function prefixedEndpoint(address: string): Names {
  return {
    lookup: (name) =>
      prefixedAddress.exec(name)?.[1] === address ? [{ type: 'A', data: address, ttl: privateTtl }] : undefined,
  };
}
