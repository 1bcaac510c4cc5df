;; Hands on what it gets.
(component
  (import "hermes:ring/api" (instance $api (export "pass" (func (param "round" u32)))))
  (core func $pass (canon lower (func $api "pass")))
  (core module $m
    (import "api" "pass" (func $pass (param i32)))
    (func (export "on-turn") (param i32) (call $pass (local.get 0))))
  (core instance $i (instantiate $m (with "api" (instance (export "pass" (func $pass))))))
  (func $on-turn (param "round" u32) (canon lift (core func $i "on-turn")))
  (instance $event (export "on-turn" (func $on-turn)))
  (export "hermes:ring/event" (instance $event)))
