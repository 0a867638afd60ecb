//! A load test written down for others to carry out: a script for k6, a job for Kubernetes. Pure: values in, text out.

mod k6;
mod kubernetes;

pub(crate) use k6::{Script, script};
pub use kubernetes::{Job, SecretVariable, manifest};
