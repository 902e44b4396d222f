"""
What each sender calls its things, its people and its places: bodies that others have gathered have it there,
and a title says it.

`test_corpus_places.py` asks the same of all senders alike, by any key that sounds like it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sovereign.domain.events import Event
from tests.integrations.corpus import Body, bodies, check, needed, texts

pytestmark = needed

SAID = """
airbrake: error.errormessage | - | project.name
alertmanager: labels.alertname | - | -
ansibletower: .name | createdby | -
appveyor: projectname | commitauthorusername | repositoryname
aqua: .image .type | - | -
aws_eventbridge: detailtype pipeline application repositoryname autoscalinggroupname | - | -
azuredevops: - | pushedby.displayname createdby.displayname lastchangedby.displayname closedby.displayname
    author.displayname requestedfor.displayname | repository.name definition.name
azuremonitor: essentials.alertrule | - | configurationitems
basecamp: recording.title parent.title newname | creator.name | bucket.name
beanstalk: - | pushername | repository.name
bitbucket: - | actor.nickname actor.username actor.displayname user user.username |
    repository.fullname repository.absoluteurl repository.name
bitbucket_server: - | actor.name | repository.slug
buildbot: buildername | - | project
canarytoken: memo | - | -
circleci: workflow.name payload.reponame | author.name user.login | project.name payload.reponame
cloudevents: type | - | source
cloudwatch_raw: alarmname | - | -
codeship: projectname | committer | projectfullname
coralogix: .name | - | team
datadog: title | - | -
docker_registry: target.repository | - | target.repository
dockerhub: repository.reponame | - | repository.reponame
errbit: problem.message | - | appname
falco: rule | - | hostname
flux: involvedobject.name | - | involvedobject.namespace
forgejo: - | sender.login | repository.fullname
freshping: checkname | - | requesturl
freshstatus: .title | - | accountname
gcpmonitoring: policyname conditionname | - | resourcename resourcedisplayname
gitea: - | sender.login | repository.fullname
gitee: issue.number pullrequest.number | sender.login | repository.pathwithnamespace
github: - | sender.login | repository.fullname organization.login
gitlab: user.username .userusername .username | - | -
gocd: stage.name builddetails.pipelinename | - |
    pipeline.name builddetails.pipelinename gitconfiguration.url/
gogs: - | sender.login user.login | repository.fullname repository.name
grafana: rulename labels.alertname | - | -
graylog: eventdefinitiontitle | - | event.source
harbor: repository.repofullname destresource.namespace retention.projectname | - | -
harness_code: repo.uid | principal.displayname | repo.path
heroku: app | user | app
homeassistant: topic | - | -
honeybadger: checkin.name site.name | - | project.name
jira: fields.summary issue.key | user.displayname author.displayname | project.name
librato: alert.name | - | account
linear: data.title issue.title | - | team.name team.key
netlify: .name | - | .name
newrelic: alertconditionnames conditionname deployedby title | - |
    alertpolicynames policyname applicationname
opsgenie: alert.message | - | integrationname
pagerduty: incident.title subject data.title incidentkey description summary | - |
    service.name service.summary
papertrail: savedsearch.name | - | -
pingdom: checkname | - | hostname
pivotal: story.id primaryresources.name | author performedby.name | project.name projectid
pubsub: subscription/ | - | -
raygun: application.name | - | application.name
reviewboard: reviewrequest.summary | reopenedby.username closedby.username user.title submitter.title |
    repository.title
rhodecode: branches.name | actor.username | repo.reponame
rollbar: item.title | - | projectid
rundeck: job.name | execution.user | job.project
runscope: testname | - | bucketname
semaphore: projectname project.name | commit.authorname sender.login | projectname project.name
sentry: event.title issue.title metadata.title | - | -
shortcut: actions.name references.name | - | -
site24x7: monitorname | - | monitorurl
sns: alarmname topicarn/ | - | -
solano: - | - | repository.name
sonarqube: project.name | - | project.name
splunk: searchname | - | app result.host
statuspage: incident.name | - | components.name
taiga: data.subject | by.fullname | project.name
teamcity: buildfullname | - | projectname
thinkst: description reminder | - | canaryname
thousandeyes: rulename | - | agentname hostname
travis: repository.name | committername authorname | repository.name
trello: card.name board.name | membercreator.fullname | board.name
trivy: artifactname | - | artifactname
updown: check.url | - | check.url
uptimerobot: monitorurl | - | monitorurl
wazuh: message | - | agentname
wekan: card | user | -
"""
"""
Sender: keys of what it is about | of who did it | of where; `-` where its bodies do not say, or elsewhere.

`above.key` is a key within another, `.key` one of the body's own; without signs and in lower case, as
`corpus.plain` gives them. Of `key/` the last part counts: of an ARN or a path the name.
"""
COLUMNS = {
    (sender, number): keys.split()
    for sender, _, row in (line.partition(": ") for line in re.sub(r"\n +", " ", SAID).strip().splitlines())
    for number, keys in enumerate(row.replace("-", "").split("|"))
}
WHAT, WHO, WHERE = range(3)
IN_A_FIELD = {"freshstatus", "librato", "newrelic", "opsgenie"}
"""Their titles may name another place, or none."""
UNNAMED = {"freshstatus": ["Incident"]}
"""What a title says where the body has no name for it."""
NOBODY = {"", "None"}


def found(body: Body, column: int) -> Sequence[Sequence[str]]:
    """What the body has under each of the keys that it has at all."""
    each = [_under(body, spec) for spec in COLUMNS[body.slug, column]]
    return [names for names in each if names]


def keys_of(body: Body) -> list[str]:
    """Those of its sender's row that it has."""
    return [key for column in (WHAT, WHO, WHERE) for key in COLUMNS[body.slug, column] if _under(body, key)]


def _under(body: Body, spec: str) -> list[str]:
    above, within, key = spec.rstrip("/").rpartition(".")
    names = [
        text.strip("/")
        for text, here, over in texts(body)
        if here == key and (over == above or not within) and text not in NOBODY
    ]
    return [re.split("[/:]", name)[-1] for name in names] if spec.endswith("/") else names


def says(words: str, names: Sequence[str]) -> bool:
    """Whether they have one of the names, letter by letter; a sentence may go on where its full stop was."""
    return any(
        re.search(rf"(?<![^\W_]){re.escape(name.rstrip('.'))}(?![^\W_])", words) for name in names if name
    )


def test_each_sender_has_a_row_and_some_body_each_of_its_keys() -> None:
    assert set(COLUMNS) == {(body.slug, column) for body in bodies() for column in (WHAT, WHO, WHERE)}
    written = {(sender, key) for (sender, _), keys in COLUMNS.items() for key in keys}
    assert written - {(body.slug, key) for body in bodies() for key in keys_of(body)} == set()


def test_a_title_has_the_name_of_what_it_is_about() -> None:
    def said(body: Body, event: Event) -> bool:
        names = [name for each in found(body, WHAT) for name in each] or UNNAMED.get(body.slug, [])
        return not names or says(event.title, names)

    check(said)


def test_a_title_has_the_name_of_who_did_it() -> None:
    """The first of the keys that the body has is the one to go by."""
    check(lambda body, event: all(says(event.title, names) for names in found(body, WHO)[:1]))


def test_the_actor_is_who_did_it_by_the_body() -> None:
    """Of one that a body names as the author of what the host itself then did, the title tells."""
    check(
        lambda body, event: all(event.actor in names for names in found(body, WHO)[:1]),
        but={"azuredevops/z.code_pull_request__merge_attempted.json"},
    )


def test_a_title_has_the_name_of_where_it_was() -> None:
    def said(body: Body, event: Event) -> bool:
        names = [name for each in found(body, WHERE) for name in each if not name.startswith("$")]
        fields = [event.service or "", *(value for _, value in event.fields)]
        told = [event.title, *(fields if body.slug in IN_A_FIELD else ())]
        return not names or any(says(words, names) for words in told)

    check(said)


def test_sentry_says_in_which_project() -> None:
    check(
        lambda body, event: (
            body.slug != "sentry" or (bool(event.service) and f"in {event.service}" in event.title)
        )
    )
