;; Its init waits in a host function, and an event of its own is there to be waited for.
(component
  (import "hermes:gate/api" (instance $api (export "wait" (func (param "n" u32) (result u32)))))
  (core func $wait (canon lower (func $api "wait")))
  (core module $m
    (import "api" "wait" (func $wait (param i32) (result i32)))
    (func (export "init") (result i32)
      (drop (call $wait (i32.const 0)))
      (i32.const 1))
    (func (export "on-count") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m (with "api" (instance (export "wait" (func $wait))))))
  (func $init (result bool) (canon lift (core func $i "init")))
  (func $on-count (result u32) (canon lift (core func $i "on-count")))
  (instance $init-event (export "init" (func $init)))
  (instance $event (export "on-count" (func $on-count)))
  (export "hermes:init/event" (instance $init-event))
  (export "hermes:gate/event" (instance $event)))
