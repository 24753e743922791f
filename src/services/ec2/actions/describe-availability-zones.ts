import type { Handler } from '../../../protocol/api/index.ts';
import type { AvailabilityZone, Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { invalidParameterValue } from '../errors.ts';
import { compileFilters } from '../filters.ts';
import type { FilterFields } from '../filters.ts';
import { zoneId, zoneLetters, zoneName } from '../regions.ts';

type Action = Handler<
  Operations['DescribeAvailabilityZones']['input'],
  Operations['DescribeAvailabilityZones']['output']
>;

const fields: FilterFields<AvailabilityZone> = {
  'group-name': ({ GroupName }) => [GroupName],
  message: () => [],
  'opt-in-status': ({ OptInStatus }) => [OptInStatus],
  'region-name': ({ RegionName }) => [RegionName],
  state: ({ State }) => [State],
  'zone-id': ({ ZoneId }) => [ZoneId],
  'zone-name': ({ ZoneName }) => [ZoneName],
  'zone-type': ({ ZoneType }) => [ZoneType],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html */
export function describeAvailabilityZones(): Action {
  return describing<'DescribeAvailabilityZones'>(({ ZoneNames = [], ZoneIds = [], Filters }, { region }) => {
    const zones = zoneLetters.map((letter) => zoneOf(region, letter));
    const unknown = [
      ...ZoneNames.filter((name) => !zones.some(({ ZoneName }) => ZoneName === name)),
      ...ZoneIds.filter((id) => !zones.some(({ ZoneId }) => ZoneId === id)),
    ];
    if (unknown.length > 0) throw invalidParameterValue(`Invalid availability zone: [${unknown.join(', ')}]`);
    const matches = compileFilters(Filters, fields);
    return {
      AvailabilityZones: zones.filter(
        (zone) =>
          (ZoneNames.length === 0 || ZoneNames.includes(zone.ZoneName ?? '')) &&
          (ZoneIds.length === 0 || ZoneIds.includes(zone.ZoneId ?? '')) &&
          matches(zone),
      ),
    };
  });
}

function zoneOf(region: string, letter: string): AvailabilityZone {
  return {
    ZoneName: zoneName(region, letter),
    ZoneId: zoneId(region, letter),
    ZoneType: 'availability-zone',
    RegionName: region,
    GroupName: region,
    NetworkBorderGroup: region,
    OptInStatus: 'opt-in-not-required',
    State: 'available',
    Messages: [],
  };
}
