import { ApiError } from '../../../protocol/api/index.ts';
import { neededService, presentRows, scopeOf, type SdHandler, type ServiceDiscoveryDeps } from '../core.ts';
import { invalidInput } from '../errors.ts';
import { checkAttributeTexts } from '../instance-rules.ts';
import { maxServiceAttributes } from '../limits.ts';
import { serviceArn, serviceKey, services } from '../records/service.ts';

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_GetServiceAttributes.html */
export function getServiceAttributes({ db }: ServiceDiscoveryDeps): SdHandler<'GetServiceAttributes'> {
  return (input, context) => {
    const row = neededService(presentRows(db), scopeOf(context), input.ServiceId);
    return {
      ServiceAttributes: { ServiceArn: serviceArn(row), ResourceOwner: row.account, Attributes: row.attributes },
    };
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateServiceAttributes.html */
export function updateServiceAttributes({ db }: ServiceDiscoveryDeps): SdHandler<'UpdateServiceAttributes'> {
  return async (input, context) => {
    if (Object.keys(input.Attributes).length === 0) throw invalidInput('Attributes must have at least one entry.');
    checkAttributeTexts(input.Attributes);
    await db.transact((tx) => {
      const row = neededService(tx, scopeOf(context), input.ServiceId);
      const attributes = { ...row.attributes, ...input.Attributes };
      if (Object.keys(attributes).length > maxServiceAttributes)
        throw new ApiError(
          'ServiceAttributesLimitExceededException',
          `A service can have at most ${maxServiceAttributes} attributes.`,
        );
      tx.put(services, serviceKey(row, row.id), { ...row, attributes });
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteServiceAttributes.html */
export function deleteServiceAttributes({ db }: ServiceDiscoveryDeps): SdHandler<'DeleteServiceAttributes'> {
  return async (input, context) => {
    await db.transact((tx) => {
      const row = neededService(tx, scopeOf(context), input.ServiceId);
      const kept = Object.entries(row.attributes).filter(([name]) => !input.Attributes.includes(name));
      tx.put(services, serviceKey(row, row.id), { ...row, attributes: Object.fromEntries(kept) });
    });
    return {};
  };
}
