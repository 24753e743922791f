import type { TargetGroup } from '../../../protocol/generated/elbv2.ts';
import type { Database } from '../../../store/index.ts';
import { targetGroupArn, type TargetGroupRecord } from '../records/target-group.ts';
import { loadBalancersOf } from './uses.ts';

/** A target group as the API shows it. */
export function describedTargetGroup(db: Database, row: TargetGroupRecord): TargetGroup {
  const { healthCheck } = row;
  const arn = targetGroupArn(row);
  return {
    TargetGroupArn: arn,
    TargetGroupName: row.name,
    Protocol: row.protocol,
    Port: row.port,
    VpcId: row.vpcId,
    HealthCheckProtocol: healthCheck.protocol,
    HealthCheckPort: healthCheck.port,
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    ...(healthCheck.path === undefined ? {} : { HealthCheckPath: healthCheck.path }),
    ...(healthCheck.matcher === undefined
      ? {}
      : {
          Matcher:
            row.protocolVersion === 'GRPC' ? { GrpcCode: healthCheck.matcher } : { HttpCode: healthCheck.matcher },
        }),
    LoadBalancerArns: loadBalancersOf(db, arn),
    TargetType: row.targetType,
    ...(row.protocolVersion === undefined ? {} : { ProtocolVersion: row.protocolVersion }),
    IpAddressType: 'ipv4',
  };
}
