//! What the documentation says of the service, asked of the sandbox.

mod authorize;
mod challenges;
mod control;
mod data;
mod desk;
mod doctor;
mod endpoints;
mod failures;
mod faults;
mod limits;
mod oauth;
mod other_clients;
mod scenarios;
mod server;
mod server_faults;
mod token;
mod webhooks;
mod widget;
mod widget_ends;
mod widget_safety;
mod widget_steps;
mod worlds;
