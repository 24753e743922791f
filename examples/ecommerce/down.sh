#!/usr/bin/env bash
# Takes away what run.sh made, also when that was interrupted.
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./common.sh

there() { # COMMAND...: whether something is there
  "${aws[@]}" "$@" >/dev/null 2>&1
}
ids() { # QUERY COMMAND...: ids, one a line
  "${aws[@]}" "${@:2}" --query "$1" --output text | tr '\t' '\n' | sed '/^None$/d;/^$/d'
}

say "services"
if [ -n "$(ids "clusters[?status=='ACTIVE'].clusterName" ecs describe-clusters --clusters production)" ]; then
  services=$(ids "services[?status!='INACTIVE'].serviceName" ecs describe-services --cluster production --services api admin)
  for service in $services; do
    "${aws[@]}" ecs delete-service --cluster production --service "$service" --force >/dev/null
  done
  if [ -n "$services" ]; then
    "${aws[@]}" ecs wait services-inactive --cluster production --services $services
  fi
  "${aws[@]}" ecs delete-cluster --cluster production >/dev/null
fi
for arn in $(ids 'taskDefinitionArns[]' ecs list-task-definitions --family-prefix api) \
  $(ids 'taskDefinitionArns[]' ecs list-task-definitions --family-prefix admin); do
  "${aws[@]}" ecs deregister-task-definition --task-definition "$arn" >/dev/null
done

say "load balancer"
for arn in $(ids "LoadBalancers[?LoadBalancerName=='$name'].LoadBalancerArn" elbv2 describe-load-balancers); do
  "${aws[@]}" elbv2 delete-load-balancer --load-balancer-arn "$arn"
  "${aws[@]}" elbv2 wait load-balancers-deleted --load-balancer-arns "$arn"
done
for arn in $(ids "TargetGroups[?TargetGroupName=='$name-api' || TargetGroupName=='$name-admin'].TargetGroupArn" elbv2 describe-target-groups); do
  "${aws[@]}" elbv2 delete-target-group --target-group-arn "$arn"
done

say "database"
if there rds describe-db-instances --db-instance-identifier $name; then
  there rds delete-db-instance --db-instance-identifier $name --skip-final-snapshot || true
  "${aws[@]}" rds wait db-instance-deleted --db-instance-identifier $name
fi
there rds delete-db-subnet-group --db-subnet-group-name $name || true

say "secret, role, images, logs"
there secretsmanager delete-secret --secret-id prod/db-password --force-delete-without-recovery || true
there iam delete-role-policy --role-name $name-execution --policy-name read-password || true
there iam detach-role-policy --role-name $name-execution --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy || true
there iam delete-role --role-name $name-execution || true
for service in api admin; do
  there ecr delete-repository --repository-name "$name/$service" --force || true
  there logs delete-log-group --log-group-name "/ecs/$service" || true
done

say "network"
vpc=$(vpc_id)
if [ -n "$vpc" ]; then
  ours="Name=vpc-id,Values=$vpc"
  for id in $(ids 'NatGateways[].NatGatewayId' ec2 describe-nat-gateways --filter "$ours" Name=state,Values=pending,available); do
    "${aws[@]}" ec2 delete-nat-gateway --nat-gateway-id "$id" >/dev/null
    "${aws[@]}" ec2 wait nat-gateway-deleted --nat-gateway-ids "$id"
  done
  # Tasks give up their interfaces a moment after their service is gone.
  for _ in $(seq 60); do
    [ -z "$(ids 'NetworkInterfaces[].NetworkInterfaceId' ec2 describe-network-interfaces --filters "$ours")" ] && break
    sleep 2
  done
  # Rules that name other groups go first.
  for id in $(ids "SecurityGroups[?GroupName!='default'].GroupId" ec2 describe-security-groups --filters "$ours"); do
    for rule in $(ids 'SecurityGroupRules[?!IsEgress].SecurityGroupRuleId' ec2 describe-security-group-rules --filters "Name=group-id,Values=$id"); do
      "${aws[@]}" ec2 revoke-security-group-ingress --group-id "$id" --security-group-rule-ids "$rule" >/dev/null
    done
  done
  for id in $(ids "SecurityGroups[?GroupName!='default'].GroupId" ec2 describe-security-groups --filters "$ours"); do
    "${aws[@]}" ec2 delete-security-group --group-id "$id" >/dev/null
  done
  for id in $(ids 'Subnets[].SubnetId' ec2 describe-subnets --filters "$ours"); do
    "${aws[@]}" ec2 delete-subnet --subnet-id "$id"
  done
  for id in $(ids "RouteTables[?!(Associations[?Main])].RouteTableId" ec2 describe-route-tables --filters "$ours"); do
    "${aws[@]}" ec2 delete-route-table --route-table-id "$id"
  done
  for id in $(ids 'InternetGateways[].InternetGatewayId' ec2 describe-internet-gateways --filters "Name=attachment.vpc-id,Values=$vpc"); do
    "${aws[@]}" ec2 detach-internet-gateway --internet-gateway-id "$id" --vpc-id "$vpc"
    "${aws[@]}" ec2 delete-internet-gateway --internet-gateway-id "$id"
  done
  "${aws[@]}" ec2 delete-vpc --vpc-id "$vpc"
fi
for id in $(ids 'Addresses[].AllocationId' ec2 describe-addresses --filters "Name=tag:Name,Values=$name"); do
  "${aws[@]}" ec2 release-address --allocation-id "$id"
done
say "it is gone"
