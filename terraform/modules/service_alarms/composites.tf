locals {
  # One composite alarm for a resource, or for all resources that say the same of the attribute in `across`.
  composites = concat(
    [
      for one in local.wanted : merge(one, { group = one.name, members = [one.name] })
      if one.entry.composite != null && try(one.entry.composite.across, null) == null
    ],
    [
      for one in local.wanted : merge(one, {
        group   = one.values["{${one.entry.composite.across}}"]
        members = [for name, resource in local.resources[one.variable] : name if resource[one.entry.composite.across] == local.resources[one.variable][one.name][one.entry.composite.across]]
      })
      if try(one.entry.composite.across, null) != null
    ],
  )

  # Children are written ID.SEVERITY in the catalogue; here they are keys. Some of `any` may be switched off.
  ruled = [
    for one in local.composites : {
      one = one
      key = "${one.prefix}-${one.group}-${one.entry.alarm}-${one.entry.composite.severity}"
      all = [
        for child in setproduct(one.members, one.entry.composite.all) :
        "${one.prefix}-${child[0]}-${local.entries[one.variable][split(".", child[1])[0]].alarm}-${split(".", child[1])[1]}"
      ]
      any = [
        for child in setproduct(one.members, one.entry.composite.any) :
        "${one.prefix}-${child[0]}-${local.entries[one.variable][split(".", child[1])[0]].alarm}-${split(".", child[1])[1]}"
        if contains(keys(local.service_alarms), "${one.prefix}-${child[0]}-${local.entries[one.variable][split(".", child[1])[0]].alarm}-${split(".", child[1])[1]}")
      ]
      suppress = [
        for child in one.entry.composite.suppress :
        "${one.prefix}-${one.name}-${local.entries[one.variable][split(".", child)[0]].alarm}-${split(".", child)[1]}"
      ]
    }
  ]

  # Without its children a composite alarm says nothing, and CloudWatch refuses it. The members of a group all ask for
  # the same alarm: ... keeps one of them.
  composite_alarms = {
    for key, alarms in {
      for ruled in local.ruled : ruled.key => {
        severity    = ruled.one.observe ? "info" : ruled.one.entry.composite.severity
        description = join("", [for word in ruled.one.entry.says : try(ruled.one.values[word], word)])
        runbook     = ruled.one.entry.runbook
        rule = join(" AND ", concat(
          length(ruled.any) == 0 ? [] : ["(${join(" OR ", [for child in ruled.any : "ALARM(\"{name}-${child}\")"])})"],
          [for child in ruled.all : "ALARM(\"{name}-${child}\")"],
        ))
        actions_suppressor = length(ruled.suppress) == 0 ? null : {
          alarm            = "{name}-${ruled.suppress[0]}"
          wait_period      = ruled.one.entry.composite.wait
          extension_period = ruled.one.entry.composite.extension
        }
      }...
      if length(setsubtract(concat(ruled.all, ruled.suppress), keys(local.service_alarms))) == 0 && (length(ruled.any) > 0 || length(ruled.one.entry.composite.any) == 0)
    } : key => alarms[0]
  }
}
