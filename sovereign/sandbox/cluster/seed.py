"""The first state of a cluster: nodes, namespaces, permissions, sample services, the registry's tags."""

from __future__ import annotations

from datetime import timedelta

from sovereign.core import clock
from sovereign.core.ids import digest
from sovereign.sandbox.cluster import grants, workloads
from sovereign.sandbox.cluster.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CONFIG_MAP,
    DEPLOYMENT,
    NAMESPACE,
    NODE,
    QUOTA,
    ROLE_BINDING,
    SERVICE,
    SERVICE_ACCOUNT,
)
from sovereign.sandbox.cluster.objects import Object, clone
from sovereign.sandbox.cluster.settling import Settling
from sovereign.sandbox.cluster.surface import Surface
from sovereign.sandbox.cluster.workloads import SAMPLES, Workload

AGE = timedelta(days=41)
NODES = ("node-a", "node-b", "node-c")
_SYSTEM = ("default", "kube-system", "sovereign")


def sow(it: Surface, *, services: bool = True) -> None:
    """Into an empty cluster, before its controllers start."""
    settling, born = Settling(it.writer, it.registry), clock.now() - AGE
    for node in NODES:
        settling.put(NODE, "", _node(node), born)
    for namespace in (*_SYSTEM, *workloads.ENVIRONMENTS):
        settling.put(NAMESPACE, "", {"metadata": {"name": namespace}}, born)
        settling.put(SERVICE_ACCOUNT, namespace, {"metadata": {"name": "default"}}, born)
    settling.put(SERVICE_ACCOUNT, "sovereign", {"metadata": {"name": "sovereign"}}, born)
    permit(it)
    for environment in workloads.ENVIRONMENTS if services else ():
        quota = {"metadata": {"name": "compute"}, "spec": {"hard": {"pods": "4000", "services": "1000"}}}
        settling.put(QUOTA, environment, quota, born)
        data = {"environment": environment, "region": "eu-central-1"}
        settling.put(CONFIG_MAP, environment, {"metadata": {"name": "settings"}, "data": data}, born)
    for workload in SAMPLES if services else ():
        _workload(it, settling, workload)


def permit(it: Surface) -> None:
    """The sample permissions."""
    settling, born = Settling(it.writer, it.registry), clock.now() - AGE
    for name in grants.CLUSTER_ROLES:
        settling.put(CLUSTER_ROLE, "", grants.role(name), born)
    bot: Object = {"kind": "ServiceAccount", "name": "sovereign", "namespace": "sovereign"}
    settling.put(CLUSTER_ROLE_BINDING, "", grants.binding(bot, "sovereign"), born)
    for role, cluster_role in grants.EVERYWHERE.items():
        bound = grants.binding(grants.of_group(grants.group(role)), cluster_role)
        settling.put(CLUSTER_ROLE_BINDING, "", bound, born)
    for (namespace, role), cluster_role in grants.IN_NAMESPACE.items():
        bound = grants.binding(grants.of_group(grants.group(role)), cluster_role)
        settling.put(ROLE_BINDING, namespace, bound, born)


def _workload(it: Surface, settling: Settling, workload: Workload) -> None:
    it.registry.publish(f"{workloads.ORG}/{workload.name}", *workloads.TAGS)
    ills = dict(workload.ills)
    for environment in workload.environments:
        born = clock.now() - AGE + timedelta(hours=1)
        tags = (*workloads.HISTORY, workloads.RUNNING[environment])
        images = [workloads.image(it.registry.host, workload.name, tag) for tag in tags]
        body = workloads.deployment(workload.name, images[0], workloads.REPLICAS[environment], workload.port)
        settling.put(SERVICE, environment, workloads.service(workload.name, workload.port), born)
        made = settling.roll_out(environment, body, images, born)
        if environment in ills:
            changed = clone(made)
            ill = workloads.image(it.registry.host, workload.name, ills[environment])
            changed["spec"]["template"]["spec"]["containers"][0]["image"] = ill
            it.writer.change(DEPLOYMENT, made, changed, "kubectl-set")


def _node(name: str) -> Object:
    ready = {"reason": "KubeletReady", "message": "kubelet is posting ready status"}
    resources = {"cpu": "8", "memory": "32Gi", "pods": "2000"}
    info = {
        "architecture": "amd64", "bootID": digest("boot", name), "containerRuntimeVersion": "containerd://2.2.1",
        "kernelVersion": "6.12.0", "kubeProxyVersion": "v1.36.2", "kubeletVersion": "v1.36.2",
        "machineID": digest("machine", name), "operatingSystem": "linux", "osImage": "Simulated Linux",
        "systemUUID": digest("system", name),
    }  # fmt: skip
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
        "spec": {},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "conditions": [{"type": "Ready", "status": "True", **ready}],
            "nodeInfo": info,
        },
    }
