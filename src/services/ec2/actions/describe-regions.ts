import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations, Region } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { listedRegions } from '../default-network.ts';
import { invalidParameterValue } from '../errors.ts';
import { compileFilters } from '../filters.ts';
import type { FilterFields } from '../filters.ts';
import { optInRegions } from '../regions.ts';

type Action = Handler<Operations['DescribeRegions']['input'], Operations['DescribeRegions']['output']>;

const fields: FilterFields<Region> = {
  endpoint: ({ Endpoint }) => [Endpoint],
  'opt-in-status': ({ OptInStatus }) => [OptInStatus],
  'region-name': ({ RegionName }) => [RegionName],
};

/** Longshore serves every region at once and none needs an opt-in. */
export function describeRegions(): Action {
  return describing<'DescribeRegions'>(({ RegionNames = [], AllRegions = false, Filters }, { region }) => {
    const wantsAll = AllRegions || RegionNames.length > 0;
    const names = listedRegions(region, wantsAll ? optInRegions : []);
    const unknown = RegionNames.filter((name) => !names.includes(name));
    if (unknown.length > 0) throw invalidParameterValue(`Invalid region name: [${unknown.join(', ')}]`);
    const matches = compileFilters(Filters, fields);
    const shown = names.filter((name) => RegionNames.length === 0 || RegionNames.includes(name));
    return { Regions: shown.map(shape).filter(matches) };
  });
}

function shape(name: string): Region {
  return { RegionName: name, Endpoint: `ec2.${name}.amazonaws.com`, OptInStatus: 'opt-in-not-required' };
}
