import type { Limits } from '../../protocol/api/index.ts';

/** https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm */
export const maxStandardBytes = 4_096;
export const maxAdvancedBytes = 8_192;
export const maxStandardParameters = 10_000;
export const maxAdvancedParameters = 100_000;
export const maxVersions = 100;
export const maxLabels = 10;
export const maxTags = 50;
export const maxLevels = 15;
export const maxNameLength = 1_011;
export const maxPolicies = 10;
export const maxPathPage = 10;
export const maxDescribePage = 50;
export const maxHistoryPage = 50;
/** Of activations and of managed nodes. */
export const maxManagedPage = 50;
export const maxActivations = 1_000;
/** https://docs.aws.amazon.com/general/latest/gr/ssm.html: managed nodes of the standard tier. */
export const maxManagedInstances = 1_000;
/** What a machine that registers has to say. */
export const maxRegistrationBytes = 16 * 1_024;
/** A machine asks for credentials every five minutes; one that did not for this long is shown as ConnectionLost. */
export const connectionLostMs = 11 * 60_000;

/** Limits by member that hold whatever the state; checked before a handler runs. */
export const ssmLimits: Limits = {
  'PutParameterRequest.Name': [1, 2_048],
  'PutParameterRequest.Description': [0, 1_024],
  'PutParameterRequest.AllowedPattern': [0, 1_024],
  'PutParameterRequest.Policies': [1, 4_096],
  'PutParameterRequest.DataType': [0, 128],
  'GetParametersRequest.Names': [1, 10],
  'DeleteParametersRequest.Names': [1, 10],
  'GetParametersByPathRequest.MaxResults': [1, maxPathPage],
  'DescribeParametersRequest.MaxResults': [1, maxDescribePage],
  'GetParameterHistoryRequest.MaxResults': [1, maxHistoryPage],
  'LabelParameterVersionRequest.Labels': [1, 10],
  'UnlabelParameterVersionRequest.Labels': [1, 10],
  'AddTagsToResourceRequest.Tags': [0, 1_000],
  'CreateActivationRequest.IamRole': [1, 64],
  'CreateActivationRequest.Description': [0, 256],
  'CreateActivationRequest.DefaultInstanceName': [0, 256],
  'CreateActivationRequest.RegistrationLimit': [1, 1_000],
  'CreateActivationRequest.Tags': [0, 1_000],
  'DeleteActivationRequest.ActivationId': [
    undefined,
    undefined,
    '^[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$',
  ],
  'DescribeActivationsRequest.MaxResults': [1, maxManagedPage],
  'DescribeInstanceInformationRequest.MaxResults': [5, maxManagedPage],
  'DeregisterManagedInstanceRequest.InstanceId': [20, 124, '^(mi-[0-9a-f]{17})$'],
  'Tag.Key': [1, 128, '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'],
  'Tag.Value': [0, 256, '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'],
};
