//! Several hookctls in a cluster: an Indexed Job whose pods are the shards of one plan, and a job that waits for their reports
//! and merges them. The second one's exit code is the answer.
//!
//! The shards meet in a volume, so nothing in the cluster needs rights or a service. A pod that ends is never started again:
//! a part of a load test that begins anew is no part of it.

use std::fmt::Write;

use crate::model::Timestamp;

/// What the manifest says.
#[derive(Debug, Clone)]
pub struct Job {
    /// The name of everything in it: a DNS label.
    pub name: String,
    /// An image with hookctl and a shell.
    pub image: String,
    /// How many pods.
    pub shards: u32,
    /// The arguments of `hookctl load`, without those that differ from pod to pod.
    pub load: Vec<String>,
    /// The arguments of `hookctl load merge`, without files.
    pub merge: Vec<String>,
    /// When all begin.
    pub start_at: Timestamp,
    /// How long the run takes, at most, in seconds.
    pub seconds: u64,
    /// Variables that hold secrets.
    pub secrets: Vec<SecretVariable>,
}

/// A variable whose value comes from the cluster's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretVariable {
    /// Its name.
    pub variable: String,
    /// The key in the secret.
    pub key: String,
}

/// What a shard does. 1 is an answer ("no"), and not a reason for the cluster to call the pod failed: the merge decides.
const SHARD: &str = "\
mkdir -p \"$REPORTS\" || exit 3
shard=`expr \"$JOB_COMPLETION_INDEX\" + 1`
hookctl load \"$@\" --shard \"$shard/$SHARDS\" --start-at \"$START_AT\" --allow-missed-rate --report \"$REPORTS/shard-$shard.json\"
code=$?
[ \"$code\" -le 1 ] && [ -f \"$REPORTS/shard-$shard.json\" ] && exit 0
exit \"$code\"
";

/// What the merge does: it waits for the reports of all shards, as long as it may.
const MERGE: &str = "\
left=$WAIT
reports() { set -- \"$REPORTS\"/shard-*.json; [ $# -ge \"$SHARDS\" ] && [ -f \"$1\" ]; }
until reports || [ \"$left\" -le 0 ]; do sleep 1; left=`expr \"$left\" - 1`; done
exec hookctl load merge \"$REPORTS\"/shard-*.json \"$@\" \\
  --report \"$REPORTS/report.json\" --report \"$REPORTS/report.html\" --report \"$REPORTS/report.xml\"
";

/// Seconds that pods may need to start.
const STARTING: u64 = 300;

/// The manifest, as YAML.
pub fn manifest(job: &Job) -> String {
    let Job { name, image, shards, start_at, .. } = job;
    let mut out = String::new();
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        out,
        "# A load test by {shards} hookctls, written by hookctl {version}. All begin at {start_at}: apply it before."
    );
    out.push_str("#\n#   kubectl apply -f FILE\n");
    let _ = writeln!(out, "#   kubectl wait --for=condition=complete --timeout={}s job/{name}-merge", wait(job));
    let _ = writeln!(out, "#   kubectl logs job/{name}-merge\n#");
    let _ = writeln!(
        out,
        "# It needs {}: an image with hookctl and a shell; and volumes that several pods can write to",
        comment(image)
    );
    out.push_str("# (ReadWriteMany; in a cluster of one machine ReadWriteOnce will do).\n");
    if !job.secrets.is_empty() {
        let keys: Vec<String> = job.secrets.iter().map(|one| format!("--from-literal={}=…", one.key)).collect();
        let _ =
            writeln!(out, "# The secrets that sign:\n#\n#   kubectl create secret generic {name} {}", keys.join(" "));
    }
    out.push_str(&volume(name));
    out.push_str("---\n");
    let secrets: String = job
        .secrets
        .iter()
        .map(|one| {
            let from = format!("{{secretKeyRef: {{name: {}, key: {}}}}}", quoted(name), quoted(&one.key));
            format!("            - {{name: {}, valueFrom: {from}}}\n", quoted(&one.variable))
        })
        .collect();
    out.push_str(&part(job, name, SHARD, &job.load, &secrets, Some(*shards)));
    out.push_str("---\n");
    out.push_str(&part(job, &format!("{name}-merge"), MERGE, &job.merge, "", None));
    out
}

fn volume(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: {0}\n  labels: {{app.kubernetes.io/name: {0}}}\nspec:\n  \
         accessModes: [ReadWriteMany]\n  resources: {{requests: {{storage: 1Gi}}}}\n",
        quoted(name)
    )
}

/// Seconds that the merge waits.
fn wait(job: &Job) -> u64 {
    job.seconds.saturating_add(STARTING)
}

/// A job that runs a script with these arguments.
fn part(job: &Job, name: &str, script: &str, arguments: &[String], secrets: &str, indexed: Option<u32>) -> String {
    let mut out = String::new();
    let label = quoted(name);
    let _ = writeln!(
        out,
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {label}\n  labels: {{app.kubernetes.io/name: {}}}\nspec:",
        quoted(&job.name)
    );
    if let Some(pods) = indexed {
        let _ = writeln!(out, "  completionMode: Indexed\n  completions: {pods}\n  parallelism: {pods}");
    }
    let _ = writeln!(out, "  backoffLimit: 0\n  activeDeadlineSeconds: {}", wait(job).saturating_add(STARTING));
    let _ = writeln!(
        out,
        "  template:\n    metadata:\n      labels: {{app.kubernetes.io/name: {}}}\n    spec:\n      restartPolicy: Never\n      \
         automountServiceAccountToken: false\n      securityContext: {{runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532}}\n      \
         containers:\n        - name: hookctl\n          image: {}\n          command: [/bin/sh, -c]\n          args:\n            - |",
        quoted(&job.name),
        quoted(&job.image)
    );
    for line in script.lines() {
        let _ = writeln!(out, "              {line}");
    }
    // What stands behind a script is its $0, and then its arguments.
    out.push_str("            - hookctl\n");
    for argument in arguments {
        // The cluster would put variables in place of $(NAME).
        let _ = writeln!(out, "            - {}", quoted(&argument.replace("$(", "$$(")));
    }
    let folder = format!("/reports/{}", job.start_at.as_secs());
    let _ = write!(
        out,
        "          env:\n            - {{name: HOME, value: /tmp}}\n            - {{name: REPORTS, value: {}}}\n            \
         - {{name: SHARDS, value: \"{}\"}}\n            - {{name: START_AT, value: {}}}\n            - {{name: WAIT, value: \"{}\"}}\n{secrets}",
        quoted(&folder),
        job.shards,
        quoted(&job.start_at.to_string()),
        wait(job)
    );
    let _ = writeln!(
        out,
        "          securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}\n          volumeMounts:\n            \
         - {{name: reports, mountPath: /reports}}\n      volumes:\n        - name: reports\n          persistentVolumeClaim: {{claimName: {}}}",
        quoted(&job.name)
    );
    out
}

/// A text as a YAML scalar: what JSON quotes, YAML reads the same.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A text within a comment: on one line.
fn comment(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job {
            name: "launch-day".to_owned(),
            image: "registry.example/hookctl:1".to_owned(),
            shards: 8,
            load: ["http://app/hooks", "--rate", "4000/s", "--set", "data.note=$(HOME) \"it's\"\n- yes: no"]
                .map(str::to_owned)
                .to_vec(),
            merge: ["--assert", "p99 < 250ms"].map(str::to_owned).to_vec(),
            start_at: Timestamp::from_secs(1_767_323_045),
            seconds: 60,
            secrets: vec![SecretVariable { variable: "HOOKCTL_STRIPE_SECRET".to_owned(), key: "stripe".to_owned() }],
        }
    }

    #[test]
    fn arguments_stay_one_value_each() {
        let manifest = manifest(&job());
        assert!(manifest.contains("            - \"data.note=$$(HOME) \\\"it's\\\"\\n- yes: no\"\n"), "{manifest}");
        assert!(manifest.contains("completions: 8\n  parallelism: 8\n"));
        assert!(manifest.contains("secretKeyRef: {name: \"launch-day\", key: \"stripe\"}"));
        assert_eq!(manifest.matches("\n---\n").count(), 2);
        // Nothing of the scripts is a variable of the cluster's.
        assert!(!SHARD.contains("$(") && !MERGE.contains("$("));
    }

    #[test]
    fn comments_stay_comments() {
        let mut job = job();
        job.image = "a\nkind: Pod".to_owned();
        assert!(manifest(&job).lines().all(|line| !line.starts_with("kind: Pod")));
    }
}
