//! The five rules in general rule engines, each in the way that is fastest for it: compiled once,
//! the inputs made ready in its own types.
//!
//! None of them knows dates, citations, unknown facts or a second reading; what they answer is the
//! outcome (`zen` with its trace, because that is nearest to a chain of reasons).

use std::sync::Arc;

use anyhow::{Context, anyhow};
use cedar_policy::{
    Authorizer, Context as CedarContext, Decision, Entities, EntityUid, PolicySet, Request,
};
use serde_json::json;

use crate::five::{EMBARGOED, Engine, HEADQUARTERS, Input, Verdict, ZONE};

/// Every peer, with the inputs.
pub fn all(inputs: &[Input]) -> anyhow::Result<Vec<Box<dyn Engine>>> {
    Ok(vec![
        Box::new(Cel::new(inputs)?),
        Box::new(Cedar::new(inputs)?),
        Box::new(Rego::new(inputs)?),
        Box::new(Zen::new(inputs)?),
    ])
}

fn as_json(input: &Input) -> serde_json::Value {
    json!({
        "listed": input.listed,
        "destination": input.destination,
        "parent": input.parent,
        "tpp": input.tpp,
        "datacenter": input.datacenter,
    })
}

/// `"A", "B"`.
fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

struct Cel {
    program: cel::Program,
    contexts: Vec<cel::Context<'static, 'static>>,
}

impl Cel {
    fn new(inputs: &[Input]) -> anyhow::Result<Cel> {
        let env = Arc::new(cel::Env::stdlib());
        let text = format!(
            "listed || destination in [{}] ? 'license_required' \
             : tpp >= 2400 && destination in [{}] || tpp >= 4800 && parent in [{}] \
             ? (datacenter ? 'license_required' : 'license_exception') : 'no_license_required'",
            quoted(&EMBARGOED),
            quoted(&ZONE),
            quoted(&HEADQUARTERS)
        );
        let program = env.compile(&text).map_err(|error| anyhow!("{error}"))?;
        let contexts = inputs.iter().map(|input| {
            let mut context = cel::Context::with_env(Arc::clone(&env));
            context.add_variable_from_value("listed", input.listed);
            context.add_variable_from_value("destination", input.destination.as_str());
            context.add_variable_from_value("parent", input.parent.as_str());
            context.add_variable_from_value("tpp", input.tpp);
            context.add_variable_from_value("datacenter", input.datacenter);
            context
        });
        Ok(Cel { program, contexts: contexts.collect() })
    }
}

impl Engine for Cel {
    fn name(&self) -> &'static str {
        "cel 0.15"
    }

    fn decide(&mut self, at: usize) -> Option<Verdict> {
        match self.program.execute(self.contexts.get(at)?).ok()? {
            cel::Value::String(word) => Verdict::of_word(&word),
            _ => None,
        }
    }
}

struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

impl Cedar {
    fn new(inputs: &[Input]) -> anyhow::Result<Cedar> {
        let reached = format!(
            "(context.tpp >= 2400 && [{}].contains(context.destination) \
             || context.tpp >= 4800 && [{}].contains(context.parent))",
            quoted(&ZONE),
            quoted(&HEADQUARTERS)
        );
        // `policy3` is the exception: where it is among the reasons, a license was required.
        let text = format!(
            "forbid(principal, action, resource) when {{ context.listed }};\n\
             forbid(principal, action, resource) when {{ [{}].contains(context.destination) }};\n\
             permit(principal, action, resource) when {{ !{reached} }};\n\
             permit(principal, action, resource) when {{ {reached} && !context.datacenter }};\n",
            quoted(&EMBARGOED)
        );
        let policies: PolicySet = text.parse().map_err(|error| anyhow!("{error}"))?;
        let who: EntityUid = "Party::\"exporter\"".parse()?;
        let act: EntityUid = "Action::\"export\"".parse()?;
        let what: EntityUid = "Item::\"chip\"".parse()?;
        let requests = inputs.iter().map(|input| {
            let context = CedarContext::from_json_value(as_json(input), None)?;
            Ok(Request::new(who.clone(), act.clone(), what.clone(), context, None)?)
        });
        let requests = requests.collect::<anyhow::Result<_>>()?;
        Ok(Cedar { authorizer: Authorizer::new(), policies, entities: Entities::empty(), requests })
    }
}

impl Engine for Cedar {
    fn name(&self) -> &'static str {
        "cedar-policy 4.14"
    }

    fn decide(&mut self, at: usize) -> Option<Verdict> {
        let request = self.requests.get(at)?;
        let response = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        if response.decision() == Decision::Deny {
            return Some(Verdict::Required);
        }
        let mut reasons = response.diagnostics().reason();
        let is_exception = reasons.any(|id| AsRef::<str>::as_ref(id) == "policy3");
        Some(if is_exception { Verdict::Exception } else { Verdict::Free })
    }
}

struct Rego {
    machine: regorus::rvm::vm::RegoVM,
    inputs: Vec<regorus::Value>,
}

impl Rego {
    fn new(inputs: &[Input]) -> anyhow::Result<Rego> {
        let text = format!(
            "package five\n\
             default outcome := \"no_license_required\"\n\
             barred if input.listed\n\
             barred if input.destination in {{{}}}\n\
             reached if {{ input.tpp >= 2400; input.destination in {{{}}} }}\n\
             reached if {{ input.tpp >= 4800; input.parent in {{{}}} }}\n\
             outcome := \"license_required\" if barred\n\
             else := \"license_required\" if {{ reached; input.datacenter }}\n\
             else := \"license_exception\" if reached\n",
            quoted(&EMBARGOED),
            quoted(&ZONE),
            quoted(&HEADQUARTERS)
        );
        let mut engine = regorus::Engine::new();
        engine.add_policy("five.rego".into(), text)?;
        let entry = "data.five.outcome";
        let policy = engine.compile_with_entrypoint(&regorus::Rc::from(entry))?;
        let compile = regorus::languages::rego::compiler::Compiler::compile_from_policy;
        let program = compile(&policy, &[entry]).map_err(|error| anyhow!("{error:?}"))?;
        let mut machine = regorus::rvm::vm::RegoVM::new();
        machine.load_program(program);
        let read = |input| regorus::Value::from_json_str(&as_json(input).to_string());
        Ok(Rego { machine, inputs: inputs.iter().map(read).collect::<Result<_, _>>()? })
    }
}

impl Engine for Rego {
    fn name(&self) -> &'static str {
        "regorus 0.14 (its virtual machine)"
    }

    fn decide(&mut self, at: usize) -> Option<Verdict> {
        self.machine.set_input(self.inputs.get(at)?.clone());
        match self.machine.execute().ok()? {
            regorus::Value::String(word) => Verdict::of_word(&word),
            _ => None,
        }
    }
}

struct Zen {
    decision: zen_engine::Decision,
    runtime: tokio::runtime::Runtime,
    inputs: Vec<serde_json::Value>,
}

impl Zen {
    fn new(inputs: &[Input]) -> anyhow::Result<Zen> {
        let any = |words: &[&str]| {
            words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
        };
        let row = |id: &str, cells: [&str; 5], verdict: Verdict| {
            json!({
                "_id": id, "listed": cells[0], "destination": cells[1], "parent": cells[2],
                "tpp": cells[3], "datacenter": cells[4], "outcome": format!("'{}'", verdict.word()),
            })
        };
        let (zone, parents) = (any(&ZONE), any(&HEADQUARTERS));
        let rows = [
            row("listed", ["true", "", "", "", ""], Verdict::Required),
            row("embargo", ["", &any(&EMBARGOED), "", "", ""], Verdict::Required),
            row("to-the-zone", ["", &zone, "", ">= 2400", "true"], Verdict::Required),
            row("parent", ["", "", &parents, ">= 4800", "true"], Verdict::Required),
            row("zone-consumer", ["", &zone, "", ">= 2400", ""], Verdict::Exception),
            row("parent-consumer", ["", "", &parents, ">= 4800", ""], Verdict::Exception),
            row("free", ["", "", "", "", ""], Verdict::Free),
        ];
        let column = |name: &str| json!({ "id": name, "name": name, "field": name });
        let columns = ["listed", "destination", "parent", "tpp", "datacenter"].map(column);
        let table = json!({
            "hitPolicy": "first", "inputs": columns, "outputs": [column("outcome")], "rules": rows,
        });
        let graph = json!({
            "nodes": [
                { "id": "in", "name": "in", "type": "inputNode" },
                { "id": "five", "name": "five", "type": "decisionTableNode", "content": table },
                { "id": "out", "name": "out", "type": "outputNode" },
            ],
            "edges": [
                { "id": "a", "type": "edge", "sourceId": "in", "targetId": "five" },
                { "id": "b", "type": "edge", "sourceId": "five", "targetId": "out" },
            ],
        });
        let content: zen_engine::model::DecisionContent = serde_json::from_value(graph)?;
        let engine = zen_engine::DecisionEngine::default();
        let decision = engine.create_decision(Arc::new(content));
        let mut decision = decision.map_err(|error| anyhow!("{error:?}"))?;
        decision.compile();
        let runtime =
            tokio::runtime::Builder::new_current_thread().build().context("no runtime")?;
        Ok(Zen { decision, runtime, inputs: inputs.iter().map(as_json).collect() })
    }
}

impl Engine for Zen {
    fn name(&self) -> &'static str {
        "zen-engine 2.1 (with its trace)"
    }

    fn decide(&mut self, at: usize) -> Option<Verdict> {
        let options = zen_engine::EvaluationOptions { trace: true, max_depth: 10 };
        // The engine takes its input by value, and its values are counted references.
        let input = self.inputs.get(at)?.clone().into();
        let response = self.decision.evaluate_with_opts(input, options);
        let response = self.runtime.block_on(response).ok()?;
        std::hint::black_box(&response.trace);
        let outcome = response.result.dot("outcome")?;
        Verdict::of_word(outcome.as_str()?)
    }
}
