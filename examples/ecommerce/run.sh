#!/usr/bin/env bash
# The e-commerce backend: an ALB with /api/* and /admin/*, three api tasks, two admin tasks, PostgreSQL that only the api reaches, its password in
# Secrets Manager, logs in CloudWatch. Unmodified aws commands, against Longshore or AWS. See README.md; down.sh takes it all away.
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./common.sh

tagged() { # KIND NAME: a tag specification
  echo "ResourceType=$1,Tags=[{Key=Name,Value=$2}]"
}

say "network: two public subnets for the load balancer, two private ones for tasks and database"
vpc=$("${aws[@]}" ec2 create-vpc --cidr-block 10.0.0.0/16 --tag-specifications "$(tagged vpc $name)" --query Vpc.VpcId --output text)
"${aws[@]}" ec2 modify-vpc-attribute --vpc-id "$vpc" --enable-dns-hostnames
subnet() { # CIDR ZONE NAME
  "${aws[@]}" ec2 create-subnet --vpc-id "$vpc" --cidr-block "$1" --availability-zone "$region$2" \
    --tag-specifications "$(tagged subnet "$3")" --query Subnet.SubnetId --output text
}
public_a=$(subnet 10.0.1.0/24 a $name-public-a)
public_b=$(subnet 10.0.4.0/24 b $name-public-b)
private_a=$(subnet 10.0.2.0/24 a $name-private-a)
private_b=$(subnet 10.0.3.0/24 b $name-private-b)
gateway=$("${aws[@]}" ec2 create-internet-gateway --tag-specifications "$(tagged internet-gateway $name)" \
  --query InternetGateway.InternetGatewayId --output text)
"${aws[@]}" ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
address=$("${aws[@]}" ec2 allocate-address --domain vpc --tag-specifications "$(tagged elastic-ip $name)" --query AllocationId --output text)
routes() { # NAME SUBNET...: a route table for subnets
  local table
  table=$("${aws[@]}" ec2 create-route-table --vpc-id "$vpc" --tag-specifications "$(tagged route-table "$1")" \
    --query RouteTable.RouteTableId --output text)
  for subnet in "${@:2}"; do
    "${aws[@]}" ec2 associate-route-table --route-table-id "$table" --subnet-id "$subnet" >/dev/null
  done
  echo "$table"
}
public=$(routes $name-public "$public_a" "$public_b")
"${aws[@]}" ec2 create-route --route-table-id "$public" --destination-cidr-block 0.0.0.0/0 --gateway-id "$gateway" >/dev/null
nat=$("${aws[@]}" ec2 create-nat-gateway --subnet-id "$public_a" --allocation-id "$address" \
  --tag-specifications "$(tagged natgateway $name)" --query NatGateway.NatGatewayId --output text)
"${aws[@]}" ec2 wait nat-gateway-available --nat-gateway-ids "$nat"
private=$(routes $name-private "$private_a" "$private_b")
"${aws[@]}" ec2 create-route --route-table-id "$private" --destination-cidr-block 0.0.0.0/0 --nat-gateway-id "$nat" >/dev/null

say "security groups: the world to the load balancer, the load balancer to the tasks, the api's tasks to the database"
group() { # NAME DESCRIPTION
  "${aws[@]}" ec2 create-security-group --group-name "$1" --description "$2" --vpc-id "$vpc" --query GroupId --output text
}
allow() { # GROUP PORT OPTION...
  "${aws[@]}" ec2 authorize-security-group-ingress --group-id "$1" --protocol tcp --port "$2" "${@:3}" >/dev/null
}
sg_alb=$(group $name-alb "the load balancer")
sg_api=$(group $name-api-tasks "tasks of the api")
sg_admin=$(group $name-admin-tasks "tasks of the admin")
sg_db=$(group $name-db "the database")
allow "$sg_alb" 80 --cidr 0.0.0.0/0
allow "$sg_api" 8080 --source-group "$sg_alb"
allow "$sg_admin" 8080 --source-group "$sg_alb"
allow "$sg_db" 5432 --source-group "$sg_api"

say "the database's password in Secrets Manager, and a role that may read it, pull images and write logs"
password=$("${aws[@]}" secretsmanager get-random-password --password-length 32 --exclude-punctuation --query RandomPassword --output text)
secret=$("${aws[@]}" secretsmanager create-secret --name prod/db-password --secret-string "$password" --query ARN --output text)
execution_role=$("${aws[@]}" iam create-role --role-name $name-execution --query Role.Arn --output text --assume-role-policy-document \
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}')
"${aws[@]}" iam attach-role-policy --role-name $name-execution \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
"${aws[@]}" iam put-role-policy --role-name $name-execution --policy-name read-password --policy-document \
  "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"$secret\"}]}"

say "PostgreSQL in the private subnets (this takes a while)"
"${aws[@]}" rds create-db-subnet-group --db-subnet-group-name $name --db-subnet-group-description "private subnets" \
  --subnet-ids "$private_a" "$private_b" >/dev/null
"${aws[@]}" rds create-db-instance --db-instance-identifier $name --db-name $name --engine postgres --db-instance-class db.t3.micro \
  --allocated-storage 20 --master-username $name --master-user-password "$password" --db-subnet-group-name $name \
  --vpc-security-group-ids "$sg_db" --no-publicly-accessible --backup-retention-period 0 >/dev/null

say "images, built here and pushed to ECR"
npm ci --prefix api --omit=dev --prefer-offline --no-audit --no-fund >&2
node_image=${NODE_IMAGE:-node:20-slim}
push() { # NAME: builds what is in that directory. Prints the image's name
  local uri
  uri=$("${aws[@]}" ecr create-repository --repository-name "$name/$1" --query repository.repositoryUri --output text)
  "${aws[@]}" ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}" >&2
  docker build --build-arg "NODE_IMAGE=$node_image" --tag "$uri:v1" "$1" >&2
  docker push "$uri:v1" >&2
  echo "$uri:v1"
}
api_image=$(push api)
admin_image=$(push admin)

say "the load balancer: /api/* and /admin/*, nothing else"
balancer=$("${aws[@]}" elbv2 create-load-balancer --name $name --subnets "$public_a" "$public_b" --security-groups "$sg_alb" \
  --query 'LoadBalancers[0].LoadBalancerArn' --output text)
dns=$("${aws[@]}" elbv2 describe-load-balancers --load-balancer-arns "$balancer" --query 'LoadBalancers[0].DNSName' --output text)
listener=$("${aws[@]}" elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTP --port 80 --query 'Listeners[0].ListenerArn' \
  --output text --default-actions 'Type=fixed-response,FixedResponseConfig={StatusCode=404,ContentType=text/plain,MessageBody=nothing here}')
target() { # NAME PRIORITY: a target group behind /NAME/*
  local arn
  arn=$("${aws[@]}" elbv2 create-target-group --name "$name-$1" --protocol HTTP --port 8080 --target-type ip --vpc-id "$vpc" \
    --health-check-path /health --health-check-interval-seconds 10 --healthy-threshold-count 2 --query 'TargetGroups[0].TargetGroupArn' --output text)
  "${aws[@]}" elbv2 create-rule --listener-arn "$listener" --priority "$2" --conditions "Field=path-pattern,Values=/$1/*" \
    --actions "Type=forward,TargetGroupArn=$arn" >/dev/null
  echo "$arn"
}
api_target=$(target api 10)
admin_target=$(target admin 20)

"${aws[@]}" rds wait db-instance-available --db-instance-identifier $name
db_host=$("${aws[@]}" rds describe-db-instances --db-instance-identifier $name --query 'DBInstances[0].Endpoint.Address' --output text)

say "the services: three api tasks, two admin tasks"
"${aws[@]}" ecs create-cluster --cluster-name production >/dev/null
definition() { # NAME IMAGE: the file with the names of this run in it
  sed -e "s|IMAGE|$2|" -e "s|EXECUTION_ROLE|$execution_role|" -e "s|DB_HOST_NAME|$db_host|" -e "s|SECRET_ARN|$secret|" -e "s|ALB_NAME|$dns|" \
    -e "s|REGION|$region|" "$1/task-definition.json"
}
service() { # NAME IMAGE COUNT GROUP TARGET
  "${aws[@]}" logs create-log-group --log-group-name "/ecs/$1"
  "${aws[@]}" ecs register-task-definition --cli-input-json "$(definition "$1" "$2")" >/dev/null
  "${aws[@]}" ecs create-service --cluster production --service-name "$1" --task-definition "$1" --desired-count "$3" --launch-type FARGATE \
    --network-configuration "awsvpcConfiguration={subnets=[$private_a,$private_b],securityGroups=[$4],assignPublicIp=DISABLED}" \
    --load-balancers "targetGroupArn=$5,containerName=$1,containerPort=8080" --health-check-grace-period-seconds 30 >/dev/null
}
service api "$api_image" 3 "$sg_api" "$api_target"
service admin "$admin_image" 2 "$sg_admin" "$admin_target"
"${aws[@]}" ecs wait services-stable --cluster production --services api admin

say "it runs; try, on Longshore's machine with --connect-to \"::\$(longshore resolve --name $dns)\":"
echo "curl http://$dns/api/products"
echo "curl http://$dns/api/products --json '{\"name\":\"kettle\",\"cents\":2499}'"
echo "curl http://$dns/admin/"
