// What the SDK's schemas do not say. Facts of the AWS API references; kept short and checked by src/protocol/tables.test.ts.

/** Members, also the elements of lists and maps, that are floating point; every other number is an integer. */
export const floatMembers = {
  'application-autoscaling': {
    CapacityForecast: 'Values',
    LoadForecast: 'Values',
    PredictiveScalingMetricSpecification: 'TargetValue',
    StepAdjustment: 'MetricIntervalLowerBound MetricIntervalUpperBound',
    TargetTrackingScalingPolicyConfiguration: 'TargetValue',
  },
  autoscaling: {
    CapacityForecast: 'Values',
    ExecutePolicyType: 'MetricValue BreachThreshold',
    LoadForecast: 'Values',
    MemoryGiBPerVCpuRequest: 'Min Max',
    NetworkBandwidthGbpsRequest: 'Min Max',
    PredictiveScalingMetricSpecification: 'TargetValue',
    StepAdjustment: 'MetricIntervalLowerBound MetricIntervalUpperBound',
    TargetTrackingConfiguration: 'TargetValue',
    TotalLocalStorageGBRequest: 'Min Max',
  },
  cloudtrail: {
    ListInsightsMetricDataResponse: 'Values',
    SearchSampleQueriesSearchResult: 'Relevance',
  },
  cloudwatch: {
    Datapoint: 'SampleCount Average Sum Minimum Maximum ExtendedStatistics',
    GetInsightRuleReportOutput: 'AggregateValue',
    InsightRuleContributor: 'ApproximateAggregateValue',
    InsightRuleContributorDatapoint: 'ApproximateValue',
    InsightRuleMetricDatapoint: 'UniqueContributors MaxContributorValue SampleCount Average Sum Minimum Maximum',
    MetricAlarm: 'Threshold',
    MetricDataResult: 'Values',
    MetricDatum: 'Value Values Counts',
    PutMetricAlarmInput: 'Threshold',
    StatisticSet: 'SampleCount Sum Minimum Maximum',
  },
  codebuild: {
    CodeCoverage: 'lineCoveragePercentage branchCoveragePercentage',
    CodeCoverageReportSummary: 'lineCoveragePercentage branchCoveragePercentage',
    DescribeCodeCoveragesInput: 'minLineCoveragePercentage maxLineCoveragePercentage',
    TargetTrackingScalingConfiguration: 'targetValue',
  },
  codedeploy: {
    CloudFormationTarget: 'targetVersionWeight',
    ECSTaskSet: 'trafficWeight',
    LambdaFunctionInfo: 'targetVersionWeight',
  },
  ec2: {
    CapacityReservationFleet: 'TotalFulfilledCapacity',
    ClientData: 'UploadSize',
    CreateCapacityReservationFleetResult: 'TotalFulfilledCapacity',
    EbsCardInfo: 'BaselineThroughputInMBps MaximumThroughputInMBps',
    EbsOptimizedInfo: 'BaselineThroughputInMBps MaximumThroughputInMBps',
    FleetCapacityReservation: 'FulfilledCapacity Weight',
    FleetData: 'FulfilledCapacity FulfilledOnDemandCapacity',
    FleetLaunchTemplateOverrides: 'WeightedCapacity Priority',
    FleetLaunchTemplateOverridesRequest: 'WeightedCapacity Priority',
    GpuDeviceInfo: 'GpuPartitionSize',
    IpamDiscoveredResourceCidr: 'IpUsage',
    IpamResourceCidr: 'IpUsage',
    LaunchTemplateOverrides: 'WeightedCapacity Priority',
    MemoryGiBPerVCpu: 'Min Max',
    MemoryGiBPerVCpuRequest: 'Min Max',
    MetricPoint: 'Value',
    MetricValue: 'Value',
    NetworkBandwidthGbps: 'Min Max',
    NetworkBandwidthGbpsRequest: 'Min Max',
    NetworkCardInfo: 'BaselineBandwidthInGbps PeakBandwidthInGbps',
    PriceSchedule: 'Price',
    PriceScheduleSpecification: 'Price',
    PricingDetail: 'Price',
    ProcessorInfo: 'SustainedClockSpeedInGhz',
    RecurringCharge: 'Amount',
    ReservationFleetInstanceSpecification: 'Weight',
    ReservedInstanceLimitPrice: 'Amount',
    ReservedInstances: 'UsagePrice FixedPrice',
    ReservedInstancesOffering: 'UsagePrice FixedPrice',
    SnapshotDetail: 'DiskImageSize',
    SnapshotTaskDetail: 'DiskImageSize',
    SpotFleetLaunchSpecification: 'WeightedCapacity',
    SpotFleetRequestConfigData: 'FulfilledCapacity OnDemandFulfilledCapacity',
    TotalLocalStorageGB: 'Min Max',
    TotalLocalStorageGBRequest: 'Min Max',
  },
  ecr: {
    CvssScore: 'baseScore',
    CvssScoreDetails: 'score',
    EnhancedImageScanFinding: 'score',
  },
  ecs: {
    CanaryConfiguration: 'canaryPercent',
    DaemonDeploymentConfiguration: 'drainPercent',
    LinearConfiguration: 'stepPercent',
    ManagedApplicationAutoScalingPolicy: 'targetValue',
    MemoryGiBPerVCpuRequest: 'min max',
    NetworkBandwidthGbpsRequest: 'min max',
    Resource: 'doubleValue',
    Scale: 'value',
    ServiceRevisionSummary: 'requestedTestTrafficWeight requestedProductionTrafficWeight',
    TotalLocalStorageGBRequest: 'min max',
  },
  efs: {
    CreateFileSystemRequest: 'ProvisionedThroughputInMibps',
    FileSystemDescription: 'ProvisionedThroughputInMibps',
    UpdateFileSystemRequest: 'ProvisionedThroughputInMibps',
  },
  elbv2: {
    ZonalCapacityReservationState: 'EffectiveCapacityUnits',
  },
  logs: {
    DeliverySourceConfigurationSchema: 'minValue maxValue',
    MetricTransformation: 'defaultValue',
    QueryInfo: 'bytesScanned',
    QueryStatistics:
      'recordsMatched recordsScanned estimatedRecordsSkipped bytesScanned estimatedBytesSkipped logGroupsScanned',
  },
  rds: {
    AvailableAdditionalStorageVolumesOption: 'MinIopsPerGib MaxIopsPerGib',
    CreateDBShardGroupMessage: 'MaxACU MinACU',
    DBShardGroup: 'MaxACU MinACU',
    DoubleRange: 'From To',
    LimitlessDatabase: 'MinRequiredACU',
    ModifyDBShardGroupMessage: 'MaxACU MinACU',
    OrderableDBInstanceOption: 'MinIopsPerGib MaxIopsPerGib MinStorageThroughputPerIops MaxStorageThroughputPerIops',
    RecurringCharge: 'RecurringChargeAmount',
    ReservedDBInstance: 'FixedPrice UsagePrice',
    ReservedDBInstancesOffering: 'FixedPrice UsagePrice',
    ScalarReferenceDetails: 'Value',
    ServerlessV2FeaturesSupport: 'MinCapacity MaxCapacity',
    ServerlessV2ScalingConfiguration: 'MinCapacity MaxCapacity',
    ServerlessV2ScalingConfigurationInfo: 'MinCapacity MaxCapacity',
  },
};

/** Required members that carry an idempotency token, which the schemas make optional because clients invent it. */
export const requiredTokens = {
  autoscaling: ['LaunchInstancesRequest.ClientToken'],
  efs: ['CreateAccessPointRequest.ClientToken', 'CreateFileSystemRequest.CreationToken'],
  ec2: [
    'CreateNetworkInsightsAccessScopeRequest.ClientToken',
    'CreateNetworkInsightsPathRequest.ClientToken',
    'StartNetworkInsightsAccessScopeAnalysisRequest.ClientToken',
    'StartNetworkInsightsAnalysisRequest.ClientToken',
  ],
};

/**
 * Text members that callers send and the SDK's schemas lack. Amazon's ECS agent is built with a model of its own, which has this one:
 * https://github.com/aws/amazon-ecs-agent/blob/master/ecs-agent/api/ecs/model/api/api-2.json
 */
export const addedTexts = {
  ecs: ['RegisterContainerInstanceRequest.clientToken'],
};
