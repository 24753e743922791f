import { stableId } from '../stable-id.ts';
import type { Instance, Reservation } from '../../../protocol/generated/ec2.ts';
import { privateDnsName } from '../addresses.ts';
import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';
import type { Machine } from '../ports.ts';
import type { Scope } from '../records/scope.ts';

type Shown = Machine & Scope;

const fields: FilterFields<Shown> = {
  architecture: (machine) => [architectureOf(machine)],
  'availability-zone': ({ availabilityZone }) => [availabilityZone],
  'instance-id': ({ id }) => [id],
  'instance-state-code': () => ['16'],
  'instance-state-name': () => ['running'],
  'instance-type': ({ type }) => [type],
  'owner-id': ({ account }) => [account],
  'private-dns-name': (machine) => [dnsNameOf(machine)],
  'private-ip-address': ({ address }) => [address],
  'reservation-id': (machine) => [reservationOf(machine)],
  'subnet-id': ({ subnetId }) => [subnetId],
  'vpc-id': ({ vpcId }) => [vpcId],
};

/** The machines that joined clusters as container instances of launch type EC2, as far as they are known. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html */
export function describeInstances({ machines }: Ec2Deps): Ec2Handler<'DescribeInstances'> {
  return describing<'DescribeInstances'>((input, { account, region }) => {
    const byId = new Map<string, Shown>();
    for (const machine of machines?.all({ account, region }) ?? [])
      byId.set(machine.id, { ...machine, account, region });
    const { items, next } = chooseFew(input, {
      items: [...byId.values()],
      kind: 'instance',
      ids: input.InstanceIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { Reservations: items.map(reservationShape), ...next };
  });
}

function reservationShape(machine: Shown): Reservation {
  return {
    ReservationId: reservationOf(machine),
    OwnerId: machine.account,
    Groups: [],
    Instances: [instanceShape(machine)],
  };
}

function instanceShape(machine: Shown): Instance {
  return {
    InstanceId: machine.id,
    State: { Code: 16, Name: 'running' },
    LaunchTime: machine.registeredAtMs,
    AmiLaunchIndex: 0,
    ...(machine.type === undefined ? {} : { InstanceType: machine.type }),
    ...(machine.address === undefined ? {} : { PrivateIpAddress: machine.address, PrivateDnsName: dnsNameOf(machine) }),
    ...(machine.vpcId === undefined ? {} : { VpcId: machine.vpcId }),
    ...(machine.subnetId === undefined ? {} : { SubnetId: machine.subnetId }),
    ...(machine.cpuArchitecture === undefined ? {} : { Architecture: architectureOf(machine) }),
    Placement: {
      Tenancy: 'default',
      ...(machine.availabilityZone === undefined ? {} : { AvailabilityZone: machine.availabilityZone }),
    },
    NetworkInterfaces: [],
    SecurityGroups: [],
    BlockDeviceMappings: [],
    Tags: [],
  };
}

function architectureOf({ cpuArchitecture }: Machine): 'arm64' | 'x86_64' | undefined {
  if (cpuArchitecture === undefined) return undefined;
  return cpuArchitecture === 'arm64' ? 'arm64' : 'x86_64';
}

function dnsNameOf({ address, region }: Shown): string | undefined {
  return address === undefined ? undefined : privateDnsName(address, region);
}

function reservationOf({ id }: Machine): string {
  return stableId('r', id);
}
