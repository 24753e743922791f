import { networkTable } from './network-table.ts';
import type { NetworkThing } from './scope.ts';

/** An Elastic IP address. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html */
export interface ElasticIpRecord extends NetworkThing {
  readonly publicIp: string;
  /** The interface it is mapped to. */
  readonly association?: {
    /** `eipassoc-…` */
    readonly id: string;
    readonly networkInterfaceId: string;
    readonly privateIpAddress: string;
  };
}

export const elasticIps = networkTable<ElasticIpRecord>('elastic-ip', () => undefined);
