// Made by scripts/generate-vocabulary.mjs from vocabulary.txt. Do not edit.

const text = `\
UsedPatientWeight
NumberOfPrescans
TransmitterCalibration
PhaseGradientAmplitude
ReadoutGradientAmplitude
SelectionGradientAmplitude
GradientDelayTime
RfWatchdogMask
RfPowerErrorIndicator
SarWholeBody
SequenceFileOwner
Stim_mon_mode
Operation_mode_flag
dBdt_max
t_puls_max
dBdt_thresh
dBdt_limit
SW_korr_faktor
Stim_max_online
Stim_max_ges_norm_online
Stim_lim
Stim_faktor
CoilForGradient
CoilForGradient2
CoilTuningReflection
CoilId
MiscSequenceParam
MrProtocolVersion
DataFileName
RepresentativeImage
PositivePCSDirections
RelTablePosition
ReadoutOS
LongModelName
SliceArrayConcatenations
SliceResolution
AbsTablePosition
AutoAlignMatrix
MeasurementIndex
CoilString
PATModeText
PatReinPattern
ProtocolChangeHistory
Isocentered
MrPhoenixProtocol
GradientMode
FlowCompensation
PostProcProtocol
RFSWDOperationMode
RFSWDMostCriticalAspect
SARMostCriticalAspect
TablePositionOrigin
MrProtocol
MrEvaProtocol
VFModelInfo
VFSettings
AutoAlignData
FmriModelParameters
FmriModelInfo
FmriExternalParameters
FmriExternalInfo
FmriAcquisitionDescriptionSequence
B1rms
B1rmsSupervision
TalesReferencePower
PhaseSliceOversampling
SafetyStandard
DICOMImageFlavor
DICOMAcquisitionContrast
EchoTrainLength
RFEchoTrainLength
GradientEchoTrainLength
Laterality4MF
ArterialSpinLabelingContrast
<XProtocol> 
  <Name> "PhoenixMetaProtocol" 
  <ID> 0 
  <Userversion> 0 
  <ParamMap.""> 
    <ParamBool."IsInlineComposed"> 
      <Visible> "true" 
      <LimitRange> { "false" "true" }
    <ParamLong."Count"> 
    <ParamString."Protocol0"> 
  <ParamMap.""""> 
    <ParamMap.""DMWL""> 
      <ParamMap.""Pause""> 
        <ParamString.""CodeValue"">  { }
        <ParamString.""CodingSchemeVersion"">  { }
        <ParamString.""CodingSchemeDesignator"">  { }
        <ParamString.""CodeMeaning"">  { }
      <ParamMap.""Meas""> 
    <ParamMap.""MultiStep""> 
      <ParamBool.""IsMultistep"">  { }
      <ParamArray.""SubStep""> 
        <Default> <ParamLong.""""> 
          <Label> ""x"" 
          <Visible> ""true"" 
      <ParamBool.""SaveNonnormalizedImages"">  { ""true""  }
      <ParamBool.""IsInlineCompose"">  { }
      <ParamBool.""ComposingGroupSwitch"">  { }
      <ParamLong.""ComposingGroup"">  { 1  }
      <ParamBool.""IsLastStep"">  { }
      <ParamChoice.""ComposingFunction"">  { <Limit> { ""Angio"" ""Spine"" ""Adaptive"" ""Diffusion"" } ""Angio""  }
      <ParamChoice.""ComposingNormalize"">  { <Limit> { ""Off"" ""Weak"" ""Medium"" ""Strong"" } ""Off""  }
      <ParamString.""SeriesDescription"">  { }
      <ParamLong.""2DDistCor"">  { }
      <ParamLong.""DynDistCor"">  { }
      <ParamLong.""ScanAtCenterDummy"">  { }
    <ParamMap.""Properties""> 
      <ParamMap.""Reconstruction""> 
        <ParamBool.""recon_prio"">  { }
      <ParamMap.""Sound""> 
        <ParamString.""PreSound"">  { }
        <ParamString.""PostSound"">  { }
      <ParamMap.""AutoLoad""> 
        <ParamBool.""DisableAutoTransfer"">  { }
        <ParamBool.""AutoStore"">  { ""true""  }
        <ParamBool.""LoadToFilming"">  { ""true""  }
        <ParamBool.""LoadToViewer"">  { ""true""  }
        <ParamBool.""LoadToStamp"">  { }
        <ParamBool.""LoadToGraphic"">  { }
        <ParamBool.""InlineMovie"">  { }
        <ParamBool.""AutoOpenInlineDisplay"">  { }
        <ParamBool.""AutoCloseInlineDisplay"">  { }
        <ParamBool.""InlinePositionDisplay"">  { }
        <ParamChoice.""InlinePositionDisplayOrientation"">  { <Limit> { """" ""Sag"" ""Cor"" ""Tra"" } """"  }
      <ParamMap.""SlicePositioning""> 
        <ParamBool.""AutoAlignSpine"">  { }
      <ParamMap.""Queue""> 
        <ParamArray.""CoilCompartments""> 
          <Default> <ParamBool.""""> 
            <Visible> ""true"" 
            <Limit> { ""true"" ""false"" }
        <ParamBool.""WorkingMan"">  { ""true""  }
        <ParamBool.""WaitForUserToStart"">  { }
        <ParamChoice.""WaitForStartChoice"">  { <Limit> { """" """" } """"  }
        <ParamString.""Description"">  { }
        <ParamString.""ProtocolName"">  { ""gre_field_mapping""  }
  <Name> """" 
  <EVAStringTable> 
    <ParamLong.""LoadHook""> 
    <ParamBool.""AlwaysFalse""> 
      <LimitRange> { ""false"" ""true"" }
        <ParamString.""CodeValue""> 
        <ParamString.""CodingSchemeVersion""> 
        <ParamString.""CodingSchemeDesignator""> 
        <ParamString.""CodeMeaning""> 
      <ParamBool.""IsMultiStepReadOnly""> 
        <LimitRange> { ""false"" ""true"" }
      <ParamBool.""IsMultistep""> 
        <Label> """" 
        <Tooltip> """" 
        <Visible> ""true"" 
        <Label> ""Step"" 
      <ParamBool.""IsInlineCompose""> 
      <ParamBool.""ComposingGroupSwitch""> 
      <ParamLong.""ComposingGroup""> 
        <Default> 1 
        <LimitRange> { 1 0 }
      <ParamBool.""IsLastStep""> 
      <ParamChoice.""ComposingFunction""> 
        <Default> ""Angio"" 
        <Limit> { ""Angio"" ""Spine"" ""Adaptive"" ""Diffusion"" }
      <ParamChoice.""ComposingNormalize""> 
        <Label> ""Normalize"" 
        <Default> ""Off"" 
        <Limit> { ""Off"" ""Weak"" ""Medium"" ""Strong"" }
      <ParamBool.""IsInlineCombine""> 
      <ParamString.""SeriesDescription""> 
        <Label> ""SD"" 
      <ParamLong.""2DDistCor""> 
      <ParamLong.""DynDistCor""> 
      <ParamLong.""ScanAtCenterDummy""> 
        <ParamBool.""recon_prio""> 
          <Label> """" 
          <Tooltip> """" 
          <LimitRange> { ""false"" ""true"" }
        <ParamString.""PreSound""> 
          <MinSize> 1 
          <MaxSize> 0 
        <ParamBool.""PreSoundOn""> 
        <ParamString.""PostSound""> 
        <ParamBool.""PostSoundOn""> 
        <ParamBool.""DisableAutoTransfer""> 
        <ParamBool.""AutoStore""> 
          <Default> ""true"" 
        <ParamBool.""LoadToFilming""> 
        <ParamBool.""LoadToViewer""> 
        <ParamBool.""LoadToStamp""> 
        <ParamBool.""LoadToGraphic""> 
        <ParamChoice.""GraphicSegmentChoice""> 
          <Default> ""Default"" 
          <Limit> { ""Default"" """" """" """" """" }
        <ParamBool.""InlineMovie""> 
        <ParamBool.""AutoOpenInlineDisplay""> 
        <ParamBool.""AutoCloseInlineDisplay""> 
        <ParamBool.""InlinePositionDisplay""> 
        <ParamChoice.""InlinePositionDisplayOrientation""> 
          <Default> """" 
          <Limit> { """" ""Sag"" ""Cor"" ""Tra"" }
        <ParamBool.""AutoAlignSpine""> 
        <ParamChoice.""CoilSelectMode""> 
          <Limit> { ""Default"" """" """" """" """" """" }
        <ParamBool.""WorkingMan""> 
        <ParamBool.""WaitForUserToStart""> 
        <ParamChoice.""WaitForStartChoice""> 
          <Limit> { """" """" }
        <ParamString.""Description""> 
          <Label> ""Description"" 
        <ParamString.""ProtocolName""> 
    <ParamMap.""PerformanceCache""> 
      <ParamLong.""recon_prio_can_set""> 
        <Default> -1 
  <Dependency.""Value_FALSE""> {""AlwaysFalse"" }
  <Dependency.""1_Availability""> {""MultiStep.IsMultistep"" ""MultiStep.SubStep"" ""MultiStep.IsInlineCombine"" <Context> ""ONLINE"" }
  <Dependency.""1_NOT_Availability""> {""MultiStep.IsMultistep"" ""MultiStep.ComposingGroup"" ""MultiStep.IsLastStep"" <Context> ""ONLINE"" }
  <Dependency.""1_NOT_Availability""> {""MultiStep.IsInlineCombine"" ""MultiStep.IsInlineCompose"" <Context> ""ONLINE"" }
  <Dependency.""1_NOT_Availability""> {""MultiStep.IsInlineCompose"" ""MultiStep.IsInlineCombine"" <Context> ""ONLINE"" }
  <Dependency.""MrMS_DH_DynDistCor""> {""MultiStep.DynDistCor"" <Dll> ""MrMultiStepDependencies"" <Context> ""ONLINE"" }
  <Dependency.""MrMS_DH_InlineCombine""> {""MultiStep.IsInlineCombine"" <Dll> ""MrMultiStepDependencies"" <Context> ""ONLINE"" }
  <Dependency.""MrMS_DH_AutoStore""> {""Properties.AutoLoad.AutoStore"" <Dll> ""MrMultiStepDependencies"" <Context> ""ONLINE"" }
  <Dependency.""MrMS_DH_ScanAtCenter""> {""MultiStep.ScanAtCenterDummy"" <Dll> ""MrMultiStepDependencies"" <Context> ""ONLINE"" }
  <Dependency.""1_Visibility""> {""AlwaysFalse"" ""Properties.Sound.PreSoundOn"" ""Properties.Sound.PostSoundOn"" <Context> ""ONLINE"" }
  <Dependency.""MrMS_DH_CoilSelectMode""> {""Properties.Queue.CoilSelectMode"" <Dll> ""MrMultiStepDependencies"" }
  <Dependency.""MrMS_DH_ACS""> {""Properties.Queue.CoilSelectMode"" <Dll> ""MrMultiStepDependencies"" <Context> ""ONLINE"" }
  <Dependency.""MrMS_DH_TIMCT""> {""MultiStep.IsInlineCompose"" <Dll> ""MrMultiStepDependencies"" <Context> ""ONLINE"" }
  <ID> 2 
    <PipeService.""EVA""> 
      <Class> """" 
      <ParamLong.""POOLTHREADS"">  { 1  }
      <ParamString.""GROUP"">  { ""Calculation""  }
      <ParamLong.""DATATHREADS"">  { }
      <ParamLong.""WATERMARK"">  { 16  }
      <ParamString.""tdefaultEVAProt"">  { """"  }
      <ParamBool.""tt_visible"">  { }
      <ParamFunctor.""MosaicUnwrapper""> 
        <Class> """" 
        <ParamBool.""EXECUTE"">  { }
        <Method.""ComputeImage"">  { ""uint64_t"" """" """" """"  }
        <Event.""ImageReady"">  { ""uint64_t"" """" """" """"  }
        <Connection.""c1"">  { ""ImageReady"" """" ""ComputeImage""  }
      <ParamFunctor.""MotionCorrDecorator""> 
        <ParamBool.""MoCo"">  { }
        <ParamChoice.""InterpolMoCo"">  { <Limit> { ""linear"" """" ""Sinc"" ""QuinSpline"" } """"  }
        <ParamLong.""SincKernelSize"">  { 5  }
        <ParamBool.""Filter"">  { }
        <ParamDouble.""FilterWidth"">  { <Precision> 1  0  }
        <ParamBool.""IsInlineProcessing"">  { ""true""  }
        <ParamLong.""Pace"">  { 1  }
        <ParamDouble.""RotAngle"">  { <Precision> 6  }
        <ParamLong.""Rep2BePatched"">  { -1  }
        <ParamBool.""DumpPaceInfo"">  { }
        <ParamDouble.""PatchTransX"">  { <Precision> 1  }
        <ParamDouble.""PatchTransY"">  { <Precision> 1  }
        <ParamDouble.""PatchTransZ"">  { <Precision> 1  }
        <ParamDouble.""PatchRotX"">  { <Precision> 1  }
        <ParamDouble.""PatchRotY"">  { <Precision> 1  }
        <ParamDouble.""PatchRotZ"">  { <Precision> 1  }
      <ParamFunctor.""FMRIFunctor""> 
        <ParamLong.""IgnoreMeas"">  { }
        <ParamLong.""IgnoresAfterTransition"">  { }
        <ParamBool.""HRFModelConvolution"">  { ""true""  }
        <ParamBool.""TemporalHighpass"">  { ""true""  }
        <ParamLong.""paradigm_size"">  { 3  }
        <ParamArray.""paradigm""> 
          <Default> <ParamChoice.""""> 
            <Default> ""active"" 
            <Limit> { ""ignore"" ""active"" ""baseline"" }
        <ParamBool."""">  { }
        <ParamBool.""glm"">  { }
        <ParamDouble.""Threshold"">  { <Precision> 2  0  }
        <ParamChoice.""window"">  { <Limit> { ""constWindow"" """" } """"  }
        <ParamDouble.""InlineLUTRange"">  { <Precision> 2  0  }
        <ParamLong.""StartInlineAtMeas"">  { }
        <ParamLong.""MaxCovarHighpass"">  { 16  }
        <ParamLong.""ForcedCovarHighpass"">  { -1  }
        <ParamDouble.""HRFDelay_s"">  { 0  }
        <ParamBool.""UseExternalDesign"">  { }
        <ParamString.""ExternalInputDir"">  { ""Tap2Con""  }
        <ParamLong.""JobsPerCPU"">  { 1  }
        <ParamLong.""MaxCovarHighpassUsed"">  { 5  }
        <ParamDouble.""InlineDisplayUpdateInterval"">  { 0  }
        <ParamLong.""MaxNumberOfJobs"">  { }
        <ParamDouble.""MeanAndTMapsNoiseMaskingThreshold"">  { 0  }
      <ParamFunctor.""MosaicDecorator""> 
        <ParamBool.""EXECUTE"">  { ""true""  }
        <ParamBool.""Mosaic"">  { ""true""  }
        <Connection.""c1"">  { ""ImageReady"" ""MosaicDecorator"" ""ComputeImage""  }
        <ParamBool.""WaitForUserToStart"">  { ""true""  }
        <ParamString.""ProtocolName"">  { ""DWI_dir80_AP""  }
  <ID> 3 
      <ParamFunctor.""DtiIcePostProcFunctor""> 
        <ParamArray.""BValue""> 
          <Default> <ParamLong.""""> 
        <ParamLong.""Threshold"">  { 40  }
        <ParamLong.""NoOfDirections4FirstBValue"">  { }
        <ParamLong.""ScalingFactor"">  { 1  }
        <ParamLong.""UpperBound"">  { }
        <ParamLong.""Threshold4AutoLoadInViewer"">  { 0  }
        <ParamLong.""DiffusionMode"">  { }
        <ParamBool.""DiffWeightedImage"">  { ""true""  }
        <ParamBool.""ADCMap"">  { ""true""  }
        <ParamBool.""TraceWeightedImage"">  { ""true""  }
        <ParamBool.""FAMap"">  { ""true""  }
        <ParamBool.""Anisotropy"">  { }
        <ParamBool.""Tensor"">  { ""true""  }
        <ParamBool.""E1"">  { }
        <ParamBool.""E2"">  { }
        <ParamBool.""E3"">  { }
        <ParamBool.""VR"">  { }
        <ParamLong.""bValueforADC"">  { }
        <ParamBool.""InvertGrayScale"">  { }
        <ParamBool.""ExponentialADCMap"">  { }
        <ParamBool.""CalculatedImage"">  { }
        <ParamLong.""CalculatedbValue"">  { 0  }
        <ParamBool.""RA"">  { }
        <ParamBool.""Linear"">  { }
        <ParamBool.""Planar"">  { }
        <ParamBool.""Spherical"">  { }
        <ParamBool.""UseSelectedBValues"">  { }
        <ParamLong.""BValueStepSize"">  { 0  }
        <Connection.""c1"">  { ""ImageReady"" ""DtiIcePostProcMosaicDecorator"" ""ComputeImage""  }
      <ParamFunctor.""DtiIcePostProcMosaicDecorator""> 
        <ParamBool.""MosaicDiffusionMaps"">  { }
        <Default> ""None"" 
        <Limit> { ""None"" ""Weak"" ""Medium"" ""Strong"" }
      <ParamLong.""TpPosMode""> 
          <Default> ""All"" 
          <Limit> { ""All"" ""Sag"" ""Cor"" ""Tra"" }
          <Default> ""single"" 
          <Limit> { ""single"" ""repeated"" }
      <ParamMap.""CopyRefOpt""> 
        <ParamBool.""CopyPhaseEncDir""> 
          <Label> ""CopyPhaseEncDir"" 
        <ParamBool.""IgnoreMeasurements""> 
          <Label> ""IgnoreMeasurements"" 
        <ParamBool.""IgnoreLastStep""> 
          <Label> ""IgnoreLastStep"" 
        <ParamBool.""CopySubSteps""> 
          <Label> ""CopySubSteps"" 
  <ParamCardLayout.""Multistep""> 
    <Repr> ""LAYOUT_10X2_WIDE_CONTROLS"" 
    <Control>  { <Param> ""MultiStep.IsMultistep"" <Pos> 0 3 <Repr> ""UI_CHECKBOX"" }
    <Control>  { <Param> ""MultiStep.SubStep"" <Pos> 77 18 }
    <Control>  { <Param> ""MultiStep.IsInlineCompose"" <Pos> 0 48 <Repr> ""UI_CHECKBOX"" }
    <Control>  { <Param> ""MultiStep.ComposingNormalize"" <Pos> 77 63 }
    <Control>  { <Param> ""MultiStep.ComposingFunction"" <Pos> 77 78 }
    <Control>  { <Param> ""MultiStep.ComposingGroup"" <Pos> 77 93 }
    <Control>  { <Param> ""MultiStep.IsLastStep"" <Pos> 0 93 <Repr> ""UI_CHECKBOX"" }
    <Control>  { <Param> ""MultiStep.IsInlineCombine"" <Pos> 0 0 <Repr> ""UI_CHECKBOX"" }
    <Line>  { 0 3 0 33 }
    <Line>  { 0 48 0 0 }
  <ParamCardLayout.""""> 
  <Dependency.""MrMS_DH_TpPosMode""> {""MultiStep.TpPosMode"" <Dll> ""MrMultiStepDependencies"" <Context> ""ONLINE"" }
        <Connection.""connection0"">  { ""ImageReady"" ""imagesend_ps.imagesend"" ""ComputeImage""  }
        <ParamBool.""HRFModelConvolution"">  { }
        <ParamBool.""TemporalHighpass"">  { }
        <ParamLong.""paradigm_size"">  { 20  }
        <ParamBool.""AllTTest"">  { }
        <ParamString.""ExternalInputDir"">  { ""p1cond""  }
ulVersion	 = 	
tSequenceFileName	 = 	
tProtocolName	 = 	
tReferenceImage0	 = 	
tReferenceImage1	 = 	
tReferenceImage2	 = 	
lScanRegionPosTra	 = 	0.0
ucScanRegionPosValid	 = 	0x1
lPtabAbsStartPosZ	 = 	
bPtabAbsStartPosZValid	 = 	0x1
lContrasts	 = 	
lCombinedEchoes	 = 	1
ucEnableIntro	 = 	0x1
ucDisableChangeStoreImages	 = 	0x1
ucAAMode	 = 	1
ucAARegionMode	 = 	1
ucAARefMode	 = 	1
ucReconstructionMode	 = 	
ucOneSeriesForAllMeas	 = 	1
ucPHAPSMode	 = 	1
ulWrapUpMagn	 = 	1
lAverages	 = 	1
dAveragesDouble	 = 	1.0
lScanTimeSec	 = 	
lTotalScanTimeSec	 = 	
dRefSNR	 = 	
dRefSNR_VOI	 = 	
ucMotionCorr	 = 	1
ucCineMode	 = 	1
ucSequenceType	 = 	
ucCoilCombineMode	 = 	
ucFlipAngleMode	 = 	1
lTOM	 = 	1
lProtID	 = 	
lSequenceID	 = 	
ucReadOutMode	 = 	1
ucBold3dPace	 = 	1
ucTmapB0Correction	 = 	1
ucTmapEval	 = 	1
ucTmapImageType	 = 	1
ulOrganUnderExamination	 = 	1
dTissueT1	 = 	
dTissueT2	 = 	5.0
lInvContrasts	 = 	1
ulReaquisitionMode	 = 	1
lDummyScans	 = 	0
ucExternalTriggerSignal	 = 	0x0
lSilentPeriod	 = 	0
dOverallImageScaleFactor	 = 	
dOverallImageScaleCorrectionFactor	 = 	1.0
dAutoCoilSelectIlluRangeScale	 = 	
SarOptimization	 = 	0
CameraBasedMotionCorrection	 = 	0
ucBreastApplication	 = 	0x0
sProtConsistencyInfo.ulConvFromVersion	 = 	
sGRADSPEC.ucMode	 = 	
sGRADSPEC.bShimCurrentValid	 = 	1
sGRADSPEC.ucNoiseReduction	 = 	1
sGRADSPEC.asGPAData.__attribute__.size	 = 	1
sGRADSPEC.asGPAData[0].bEddyCompensationValid	 = 	1
sGRADSPEC.asGPAData[0].bB0CompensationValid	 = 	1
sGRADSPEC.asGPAData[0].bCrossTermCompensationValid	 = 	1
sGRADSPEC.asGPAData[0].lOffsetX	 = 	
sGRADSPEC.asGPAData[0].lOffsetY	 = 	
sGRADSPEC.asGPAData[0].lOffsetZ	 = 	
sGRADSPEC.asGPAData[0].bOffsetValid	 = 	1
sGRADSPEC.asGPAData[0].lDelayX	 = 	
sGRADSPEC.asGPAData[0].lDelayY	 = 	
sGRADSPEC.asGPAData[0].lDelayZ	 = 	
sGRADSPEC.asGPAData[0].bDelayValid	 = 	1
sGRADSPEC.asGPAData[0].flSensitivityX	 = 	
sGRADSPEC.asGPAData[0].flSensitivityY	 = 	
sGRADSPEC.asGPAData[0].flSensitivityZ	 = 	
sGRADSPEC.asGPAData[0].bSensitivityValid	 = 	1
sGRADSPEC.asGPAData[0].sEddyCompensationX.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sEddyCompensationX.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sEddyCompensationX.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sEddyCompensationX.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sEddyCompensationY.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sEddyCompensationY.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sEddyCompensationY.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sEddyCompensationY.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sEddyCompensationZ.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sEddyCompensationZ.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sEddyCompensationZ.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sEddyCompensationZ.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sB0CompensationX.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sB0CompensationX.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sB0CompensationX.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sB0CompensationX.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sB0CompensationY.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sB0CompensationY.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sB0CompensationY.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sB0CompensationY.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sB0CompensationZ.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sB0CompensationZ.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sB0CompensationZ.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sB0CompensationZ.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationXY.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationXY.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationXY.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationXY.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationXZ.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationXZ.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationXZ.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationXZ.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationYX.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationYX.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationYX.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationYX.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationYZ.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationYZ.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationYZ.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationYZ.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationZX.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationZX.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationZX.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationZX.aflTimeConstant[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationZY.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.asGPAData[0].sCrossTermCompensationZY.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.alShimCurrent.__attribute__.size	 = 	15
sGRADSPEC.alShimCurrent[0]	 = 	
sTXSPEC.bTxScaleFactorsValid	 = 	0x1
sTXSPEC.lNoOfTraPulses	 = 	
sTXSPEC.lBCExcitationMode	 = 	1
sTXSPEC.lBCSeqExcitationMode	 = 	4
sTXSPEC.flKDynMagnitudeMin	 = 	0.5
sTXSPEC.flKDynMagnitudeMax	 = 	1.5
sTXSPEC.flKDynMagnitudeClipLow	 = 	1.0
sTXSPEC.flKDynMagnitudeClipHigh	 = 	1.0
sTXSPEC.flKDynPhaseMax	 = 	
sTXSPEC.flKDynPhaseClip	 = 	
sTXSPEC.bKDynValid	 = 	0x1
sTXSPEC.ucRFPulseType	 = 	2
sTXSPEC.ucExcitMode	 = 	
sTXSPEC.ucSimultaneousExcitation	 = 	1
sTXSPEC.ucBCExcitationModeValid	 = 	0x1
sTXSPEC.lB1ShimMode	 = 	1
sTXSPEC.asNucleusInfo.__attribute__.size	 = 	2
sTXSPEC.asNucleusInfo[0].tNucleus	 = 	
sTXSPEC.asNucleusInfo[0].lCoilSelectIndex	 = 	
sTXSPEC.asNucleusInfo[0].lFrequency	 = 	
sTXSPEC.asNucleusInfo[0].bFrequencyValid	 = 	0x1
sTXSPEC.asNucleusInfo[0].flReferenceAmplitude	 = 	
sTXSPEC.asNucleusInfo[0].bReferenceAmplitudeValid	 = 	0x1
sTXSPEC.asNucleusInfo[0].flCompProtectionRefAmpl	 = 	
sTXSPEC.asNucleusInfo[0].bCompProtectionRefAmplValid	 = 	0x1
sTXSPEC.asNucleusInfo[0].flCompProtectionB1PlusRefAmpl	 = 	
sTXSPEC.asNucleusInfo[0].bCompProtectionB1PlusRefAmplValid	 = 	0x1
sTXSPEC.asNucleusInfo[0].flAmplitudeCorrection	 = 	1.0
sTXSPEC.asNucleusInfo[0].bAmplitudeCorrectionValid	 = 	0x1
sTXSPEC.asNucleusInfo[0].bCompProtectionValuesValid	 = 	0x1
sTXSPEC.asNucleusInfo[0].CompProtectionValues.MaxOfflineTxAmpl	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.WorstCasePulseScaleRefAmpl	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.WorstCaseMaxOfflineTxAmpl	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.DecouplingMatrixValid	 = 	0x1
sTXSPEC.asNucleusInfo[0].CompProtectionValues.ZZMatrixVectorUUID	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.ScatterMatrixValid	 = 	0x1
sTXSPEC.asNucleusInfo[0].CompProtectionValues.MaxOnlineTxAmpl.__attribute__.size	 = 	8
sTXSPEC.asNucleusInfo[0].CompProtectionValues.MaxOnlineTxAmpl[0]	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.WorstCaseMaxOnlineTxAmpl.__attribute__.size	 = 	8
sTXSPEC.asNucleusInfo[0].CompProtectionValues.WorstCaseMaxOnlineTxAmpl[0]	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.adGainVariation.__attribute__.size	 = 	8
sTXSPEC.asNucleusInfo[0].CompProtectionValues.adGainVariation[0]	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.DecouplingMatrix.Size1	 = 	2
sTXSPEC.asNucleusInfo[0].CompProtectionValues.DecouplingMatrix.Size2	 = 	2
sTXSPEC.asNucleusInfo[0].CompProtectionValues.DecouplingMatrix.ComplexData.__attribute__.size	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.DecouplingMatrix.ComplexData[0].dRe	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.DecouplingMatrix.ComplexData[0].dIm	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.ZZMatrixVector.__attribute__.size	 = 	0
sTXSPEC.asNucleusInfo[0].CompProtectionValues.ScatterMatrix.Size1	 = 	2
sTXSPEC.asNucleusInfo[0].CompProtectionValues.ScatterMatrix.Size2	 = 	2
sTXSPEC.asNucleusInfo[0].CompProtectionValues.ScatterMatrix.ComplexData.__attribute__.size	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.ScatterMatrix.ComplexData[0].dRe	 = 	
sTXSPEC.asNucleusInfo[0].CompProtectionValues.ScatterMatrix.ComplexData[0].dIm	 = 	
sTXSPEC.asNucleusInfo[0].aTxScaleFactorSlice.__attribute__.size	 = 	0
sTXSPEC.aRFPULSE.__attribute__.size	 = 	
sTXSPEC.aRFPULSE[0].tName	 = 	
sTXSPEC.aTxScaleFactor.__attribute__.size	 = 	
sTXSPEC.aTxScaleFactor[0].dRe	 = 	
sTXSPEC.aTxScaleFactor[0].dIm	 = 	
sTXSPEC.aPTXRFPulse.__attribute__.size	 = 	
sTXSPEC.B1CorrectionParameters.bValid	 = 	0x1
sTXSPEC.B1CorrectionParameters.bActive	 = 	
sTXSPEC.B1CorrectionParameters.flCorrectionFactorMax	 = 	
sTXSPEC.B1CorrectionParameters.flPeakReserveFactor	 = 	
sRXSPEC.lGain	 = 	1
sRXSPEC.bGainValid	 = 	1
sRXSPEC.UseDoubleDataRate	 = 	0x0
sRXSPEC.bLocalShimDataValid	 = 	1
sRXSPEC.bPilotToneSupportActive	 = 	0x0
sRXSPEC.asNucleusInfo.__attribute__.size	 = 	2
sRXSPEC.asNucleusInfo[0].tNucleus	 = 	
sRXSPEC.asNucleusInfo[0].lCoilSelectIndex	 = 	
sRXSPEC.alVariCapVoltages.__attribute__.size	 = 	4
sRXSPEC.alDwellTime.__attribute__.size	 = 	
sRXSPEC.alDwellTime[0]	 = 	
sRXSPEC.asLocalShimData.__attribute__.size	 = 	8
sAdjData.uiAdjFreMode	 = 	1
sAdjData.uiAdjTraMode	 = 	1
sAdjData.uiAdjShimMode	 = 	2
sAdjData.uiAdjWatSupMode	 = 	1
sAdjData.uiAdjRFMapMode	 = 	1
sAdjData.uiAdjMDSMode	 = 	1
sAdjData.uiAdjTableTolerance	 = 	
sAdjData.uiAdjProtID	 = 	
sAdjData.lCoupleAdjVolTo	 = 	1
sAdjData.uiAdjB0AcqMode	 = 	1
sAdjData.uiAdjB1AcqMode	 = 	1
sAdjData.uiAdjFreqConfirmSpec	 = 	1
sAdjData.uiAdjustmentMode	 = 	1
sAdjData.uiFastViewOptimization	 = 	1
sAdjData.uiAdjSliceBySliceTxRef	 = 	0x1
sAdjData.uiAdjSliceBySliceFrequency	 = 	0x1
sAdjData.uiAdjSliceBySliceFirstOrderShim	 = 	0x1
sAdjData.bAdjustWithBreathhold	 = 	0x0
sAdjData.iAdjUIFieldMapMode	 = 	-1
sAdjData.uiLocalShim	 = 	0
sAdjData.uiLRBalancing	 = 	0
sAdjData.sAdjVolume.dThickness	 = 	
sAdjData.sAdjVolume.dPhaseFOV	 = 	
sAdjData.sAdjVolume.dReadoutFOV	 = 	
sAdjData.sAdjVolume.sPosition.dCor	 = 	
sAdjData.sAdjVolume.sPosition.dTra	 = 	
sAdjData.sAdjVolume.sNormal.dCor	 = 	
sAdjData.sAdjVolume.sNormal.dTra	 = 	
alTR.__attribute__.size	 = 	
alTR[0]	 = 	
alTI.__attribute__.size	 = 	
alTD.__attribute__.size	 = 	
alTE.__attribute__.size	 = 	
alTE[0]	 = 	
acFlowComp.__attribute__.size	 = 	
acFlowComp[0]	 = 	
sSliceArray.lSize	 = 	
sSliceArray.lConc	 = 	1
sSliceArray.ucMode	 = 	
sSliceArray.ucAnatomicalSliceMode	 = 	4
sSliceArray.ucConcatenationsSelectModeResp	 = 	1
sSliceArray.asSlice.__attribute__.size	 = 	
sSliceArray.asSlice[0].dThickness	 = 	
sSliceArray.asSlice[0].dPhaseFOV	 = 	
sSliceArray.asSlice[0].dReadoutFOV	 = 	
sSliceArray.asSlice[0].sPosition.dCor	 = 	
sSliceArray.asSlice[0].sPosition.dTra	 = 	
sSliceArray.asSlice[0].sNormal.dCor	 = 	
sSliceArray.asSlice[0].sNormal.dTra	 = 	
sSliceArray.alSliceAcqOrder.__attribute__.size	 = 	
sSliceArray.alSliceAcqOrder[0]	 = 	
sSliceArray.anAsc.__attribute__.size	 = 	
sSliceArray.anAsc[0]	 = 	
sSliceArray.anPos.__attribute__.size	 = 	
sSliceArray.anPos[0]	 = 	
sSliceArray.sTSat.dThickness	 = 	
sSliceArray.sTSat.dGap	 = 	
sSliceArray.sTSat.ulShape	 = 	1
sGroupArray.lSize	 = 	1
sGroupArray.asGroup.__attribute__.size	 = 	
sGroupArray.asGroup[0].nSize	 = 	
sGroupArray.anMember.__attribute__.size	 = 	
sGroupArray.anMember[0]	 = 	
sGroupArray.sPSat.dThickness	 = 	
sGroupArray.sPSat.dGap	 = 	
sGroupArray.sPSat.ulShape	 = 	1
sRSatArray.asElm.__attribute__.size	 = 	8
sRSatArray.asElm[0].ulShape	 = 	1
sNavigatorArray.asElm.__attribute__.size	 = 	5
sAutoAlign.dAAMatrix.__attribute__.size	 = 	16
sAutoAlign.dAAMatrix[0]	 = 	1.0
sNavigatorPara.lBreathHoldMeas	 = 	1
sNavigatorPara.lRespComp	 = 	4
sNavigatorPara.dMinimumTriggerLevel	 = 	
sNavigatorPara.adTrackingFactor.__attribute__.size	 = 	2
sNavigatorPara.adAcceptWindow.__attribute__.size	 = 	2
sNavigatorPara.adAcceptPosition.__attribute__.size	 = 	2
sNavigatorPara.adSearchWindow.__attribute__.size	 = 	2
sNavigatorPara.alFree.__attribute__.size	 = 	36
sNavigatorPara.adFree.__attribute__.size	 = 	24
sNavigatorPara.tFree.__attribute__.size	 = 	128
sBladePara.dBladeCoverage	 = 	
sBladePara.ucMotionCorr	 = 	2
sBladePara.alFree.__attribute__.size	 = 	16
sBladePara.adFree.__attribute__.size	 = 	8
sPrepPulses.ucInversion	 = 	4
sPrepPulses.ucSatRecovery	 = 	1
sPrepPulses.ucT2Prep	 = 	1
sPrepPulses.ucTIScout	 = 	1
sPrepPulses.ucFatSatMode	 = 	
sPrepPulses.dDarkBloodThickness	 = 	
sPrepPulses.dDarkBloodFlipAngle	 = 	
sPrepPulses.dIRPulseThicknessFactor	 = 	
sPrepPulses.ucBloodSuppression	 = 	1
sPrepPulses.lPhaseCorrectionMode	 = 	
sPrepPulses.ucIRScheme	 = 	1
sPrepPulses.lFatSupOpt	 = 	1
sPrepPulses.lFatWaterContrast	 = 	
sPrepPulses.adT2PrepDuration.__attribute__.size	 = 	1
sPrepPulses.adT2PrepDuration[0]	 = 	
sKSpace.dPhaseResolution	 = 	1.0
sKSpace.dSliceResolution	 = 	1.0
sKSpace.dAngioDynCentralRegionA	 = 	
sKSpace.dAngioDynSamplingDensityB	 = 	
sKSpace.dSeqPhasePartialFourierForSNR	 = 	1.0
sKSpace.lBaseResolution	 = 	
sKSpace.lPhaseEncodingLines	 = 	
sKSpace.lPartitions	 = 	
sKSpace.lImagesPerSlab	 = 	
sKSpace.lRadialViews	 = 	64
sKSpace.lRadialInterleavesPerImage	 = 	
sKSpace.lLinesPerShot	 = 	1
sKSpace.unReordering	 = 	1
sKSpace.ucPhasePartialFourier	 = 	
sKSpace.ucSlicePartialFourier	 = 	16
sKSpace.ucAveragingMode	 = 	
sKSpace.ucMultiSliceMode	 = 	2
sKSpace.ucDimension	 = 	2
sKSpace.ucTrajectory	 = 	1
sKSpace.lNumberOfBins	 = 	0
sKSpace.ucAsymmetricEchoMode	 = 	1
sKSpace.ucPOCS	 = 	1
sKSpace.Reordering3D	 = 	1
sKSpace.ucReadoutPartialFourier	 = 	16
sKSpace.ucDynamicMode	 = 	1
sKSpace.ucUndersamplingPattern	 = 	1
sKSpace.lTrajectoryOptimization	 = 	0
sKSpace.DistributionAsymmetry	 = 	0
sKSpace.SpiralInterleaves	 = 	1
sFastImaging.lEPIFactor	 = 	
sFastImaging.lTurboFactor	 = 	1
sFastImaging.lSliceTurboFactor	 = 	1
sFastImaging.lSegments	 = 	1
sFastImaging.ulEnableRFSpoiling	 = 	0x1
sFastImaging.ucPhaseEncRE	 = 	0x0
sFastImaging.ucSegmentationMode	 = 	1
sFastImaging.lShots	 = 	1
sFastImaging.lEchoTrainDuration	 = 	700
sPhysioImaging.lSignal1	 = 	1
sPhysioImaging.lMethod1	 = 	1
sPhysioImaging.lSignal2	 = 	1
sPhysioImaging.lMethod2	 = 	1
sPhysioImaging.lPhases	 = 	1
sPhysioImaging.lRetroGatedImages	 = 	16
sPhysioImaging.lDummyHeartbeats	 = 	0
sPhysioImaging.sPhysioECG.lTriggerPulses	 = 	1
sPhysioImaging.sPhysioECG.lTriggerWindow	 = 	5
sPhysioImaging.sPhysioECG.lArrhythmiaDetection	 = 	1
sPhysioImaging.sPhysioECG.lCardiacGateOnThreshold	 = 	
sPhysioImaging.sPhysioECG.lCardiacGateOffThreshold	 = 	
sPhysioImaging.sPhysioECG.lTriggerIntervals	 = 	1
sPhysioImaging.sPhysioPulse.lTriggerPulses	 = 	1
sPhysioImaging.sPhysioPulse.lTriggerWindow	 = 	5
sPhysioImaging.sPhysioPulse.lArrhythmiaDetection	 = 	1
sPhysioImaging.sPhysioPulse.lCardiacGateOnThreshold	 = 	
sPhysioImaging.sPhysioPulse.lCardiacGateOffThreshold	 = 	
sPhysioImaging.sPhysioPulse.lTriggerIntervals	 = 	1
sPhysioImaging.sPhysioExt.lTriggerPulses	 = 	1
sPhysioImaging.sPhysioExt.lTriggerWindow	 = 	5
sPhysioImaging.sPhysioExt.lArrhythmiaDetection	 = 	1
sPhysioImaging.sPhysioExt.lCardiacGateOnThreshold	 = 	
sPhysioImaging.sPhysioExt.lCardiacGateOffThreshold	 = 	
sPhysioImaging.sPhysioExt.lTriggerIntervals	 = 	1
sPhysioImaging.sPhysioExt2.lTriggerIntervals	 = 	1
sPhysioImaging.sPhysioBeatSensor.lTriggerIntervals	 = 	1
sPhysioImaging.sPhysioResp.lRespGateThreshold	 = 	20
sPhysioImaging.sPhysioResp.lRespGatePhase	 = 	2
sPhysioImaging.sPhysioResp.dGatingRatio	 = 	0.3
sPhysioImaging.sPhysioNative.ucMode	 = 	1
sPhysioImaging.sPhysioNative.ucFlowSenMode	 = 	1
sSpecPara.lPhaseCyclingType	 = 	1
sSpecPara.lPhaseEncodingType	 = 	1
sSpecPara.lRFExcitationBandwidth	 = 	1
sSpecPara.ucRemoveOversampling	 = 	0x1
sSpecPara.lAutoRefScanMode	 = 	1
sSpecPara.lAutoRefScanNo	 = 	1
sSpecPara.lDecouplingType	 = 	1
sSpecPara.lNOEType	 = 	1
sSpecPara.lExcitationType	 = 	1
sSpecPara.lSpecAppl	 = 	1
sSpecPara.lSpectralSuppression	 = 	1
sDiffusion.ulMode	 = 	
sDiffusion.dsScheme	 = 	
sDiffusion.ulQSpaceCoverage	 = 	1
sDiffusion.ulQSpaceSampling	 = 	1
sDiffusion.lQSpaceSteps	 = 	1
sDiffusion.alBValue.__attribute__.size	 = 	128
sDiffusion.alAverages.__attribute__.size	 = 	128
sDiffusion.sFreeDiffusionData.ulCoordinateSystem	 = 	1
sDiffusion.sFreeDiffusionData.ulNormalization	 = 	1
sDiffusion.sFreeDiffusionData.asDiffDirVector.__attribute__.size	 = 	0
sAngio.ucPCFlowMode	 = 	2
sAngio.ucTOFInflow	 = 	4
sAngio.lDynamicReconMode	 = 	1
sAngio.lTemporalInterpolation	 = 	1
sAngio.sFlowArray.asElm.__attribute__.size	 = 	16
sPreScanNormalizeFilter.ucMode	 = 	2
sDistortionCorrFilter.ucMode	 = 	
sNoiseDecorrData.lNoiseDecorrDefaultMode	 = 	4
sPat.lAccelFactPE	 = 	1
sPat.lAccelFact3D	 = 	1
sPat.ucPATMode	 = 	
sPat.ucRefScanMode	 = 	
sPat.ucTPatAverageAllFrames	 = 	0x1
sPat.ulCaipirinhaMode	 = 	1
sPat.lAccelFactPeriph	 = 	16
sPat.lAccelFactCenter	 = 	3
sPat.dTotalAccelFact	 = 	1.0
sMds.ulMdsModeMask	 = 	1
sMds.lTableSpeedNumerator	 = 	1
sMds.lmdsLinesPerSegment	 = 	15
sMds.lMdsPtabAbsStartPosZ	 = 	0
sMds.bMdsPtabAbsStartPosZValid	 = 	0x0
sMds.lMdsPtabAbsEndPosZ	 = 	0
sMds.bMdsPtabAbsEndPosZValid	 = 	0x0
sMds.lMdsPtabAbsStartPosZOriginal	 = 	0
sMds.lMdsPtabAbsEndPosZOriginal	 = 	0
sMds.dMdsRangeExtension	 = 	
sMds.lSweeps	 = 	1
sMds.ucSweepMode	 = 	1
sMds.dDCSIlluminationScale	 = 	2.0
sMds.ucExcitDir	 = 	1
sMds.ucFreqShimPerSlice	 = 	0x1
sMds.ucSliceFollowing	 = 	0x1
sMds.ucDynamicCoilSwitching	 = 	0x1
sMds.ucPhaseNav	 = 	0x0
sMds.asMdsMotionInterval.__attribute__.size	 = 	8
sMds.alFree.__attribute__.size	 = 	8
sMds.adFree.__attribute__.size	 = 	8
sMds.sMdsEndPosSBCS_mm.dTra	 = 	
sMds.sMdsPreScanNormalize.ucMode	 = 	2
sMds.sMdsPreScanNormalize.ucStackMode	 = 	4
sMds.sMdsPreScanNormalize.lNPELin	 = 	18
sAAInitialOffset.Laterality	 = 	0
sAAInitialOffset.SliceInformation.sPosition.dCor	 = 	
sAAInitialOffset.SliceInformation.sPosition.dTra	 = 	
sAAInitialOffset.SliceInformation.sNormal.dCor	 = 	
sAAInitialOffset.SliceInformation.sNormal.dTra	 = 	
alRepetitionsDelayTimeMs.__attribute__.size	 = 	64
adFlipAngleDegree.__attribute__.size	 = 	32
adFlipAngleDegree[0]	 = 	
aulServicePara.__attribute__.size	 = 	5
uiPerProxy2Skip.__attribute__.size	 = 	2
sCoilSelectMeas.sCoilStringForConversion	 = 	
sCoilSelectMeas.aRxCoilSelectData.__attribute__.size	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].ucNoiseDecorrMode	 = 	0x1
sCoilSelectMeas.aRxCoilSelectData[0].tNucleus	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].iUsedRFactor	 = 	3
sCoilSelectMeas.aRxCoilSelectData[0].IgnoreCoilGroups	 = 	0x0
sCoilSelectMeas.aRxCoilSelectData[0].BCCombineMode	 = 	1
sCoilSelectMeas.aRxCoilSelectData[0].bSuppressMandatoryProperties	 = 	0x0
sCoilSelectMeas.aRxCoilSelectData[0].bIgnoreBCLCExcluding	 = 	0x0
sCoilSelectMeas.aRxCoilSelectData[0].bSuppressExclusiveProperties	 = 	0x0
sCoilSelectMeas.aRxCoilSelectData[0].tCheckUUID	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].BCCombineMatrix.__attribute__.size	 = 	0
sCoilSelectMeas.aRxCoilSelectData[0].asList.__attribute__.size	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].lElementSelected	 = 	1
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].lMuxChannelConnected	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].lRxChannelConnected	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].lADCChannelConnected	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].uiInsertionTime	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].sCoilElementID.tCoilID	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].sCoilElementID.lCoilCopy	 = 	1
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].sCoilElementID.tElement	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].sCoilElementID.ulUniqueKey	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].sCoilProperties.eCoilType	 = 	4
sCoilSelectMeas.aRxCoilSelectData[0].asList[0].sCoilElementID.tCoilClass	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].aFFT_SCALE.__attribute__.size	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].aFFT_SCALE[0].flFactor	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].aFFT_SCALE[0].lADCChannel	 = 	
sCoilSelectMeas.aRxCoilSelectData[0].aFFT_SCALE[0].bValid	 = 	0x1
sCoilSelectMeas.aTxCoilSelectData.__attribute__.size	 = 	2
sCoilSelectMeas.aTxCoilSelectData[0].tNucleus	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].tCheckUUID	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList.__attribute__.size	 = 	32
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].lElementSelected	 = 	1
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sCoilElementID.tCoilID	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sCoilElementID.lCoilCopy	 = 	1
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sCoilElementID.tElement	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sCoilElementID.tCoilClass	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sCoilElementID.ulUniqueKey	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sTxScaleFactorCP.dRe	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sTxScaleFactorEP.dRe	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sCoilProperties.eCoilType	 = 	1
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sCoilProperties.tCoilManufacturer	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].lTxChannelConnected	 = 	1
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sTxScaleFactorCP.dIm	 = 	
sCoilSelectMeas.aTxCoilSelectData[0].asList[0].sTxScaleFactorEP.dIm	 = 	
sCoilSelectMeas.aLocalShimCoilSelectData.__attribute__.size	 = 	1
sCoilSelectMeas.aLocalShimCoilSelectData[0].asList.__attribute__.size	 = 	8
sCoilSelectMeas.CoilPlugs.Plug.__attribute__.size	 = 	11
sCoilSelectMeas.CoilPlugs.Plug[0].IdPart.__attribute__.size	 = 	8
sCoilSelectMeas.CoilPlugs.Plug[0].IdPart[0]	 = 	
sWipMemBlock.alFree.__attribute__.size	 = 	64
sWipMemBlock.adFree.__attribute__.size	 = 	16
sWipMemBlock.adRes.__attribute__.size	 = 	3
ucBOLDParadigmArray.__attribute__.size	 = 	256
sParametricMapping.ucParametricMap	 = 	1
sParametricMapping.SimulatedTEArray.__attribute__.size	 = 	20
sIR.alMagicID.__attribute__.size	 = 	2
sIR.alFree.__attribute__.size	 = 	16
sIR.adFree.__attribute__.size	 = 	16
sAsl.ulMode	 = 	1
sAsl.ulSuppressionMode	 = 	1
sAsl.sPostLabelingDelay.__attribute__.size	 = 	64
sInversionArray.asElm.__attribute__.size	 = 	4
sWorkflow.eConflictSolverStrategy	 = 	1
sWorkflow.ucDotVoiceSettingsOverride	 = 	0x1
sWorkflow.ucDotPauseSettingsOverride	 = 	0x1
sWorkflow.alConflictSolverData.__attribute__.size	 = 	0
sWorkflow.adConflictSolverData.__attribute__.size	 = 	0
sDynDistCorrFilter.ucMode	 = 	1
sChannelMatrix.ucChannelMixingMode	 = 	1
sChannelMatrix.ucChannelDiscardMode	 = 	1
sPTXData.uiPTXTargetMagMode	 = 	1
sPTXData.sPTXMPRSliceArray.asSlice.__attribute__.size	 = 	
sPTXData.sPTXMPRSliceArray.alSliceAcqOrder.__attribute__.size	 = 	
sPTXData.sPTXMPRSliceArray.anAsc.__attribute__.size	 = 	
sPTXData.sPTXMPRSliceArray.anPos.__attribute__.size	 = 	
sPTXData.sPTXMPRSliceArray.sTSat.ulShape	 = 	1
sPTXData.sPTXMPRGroupArray.asGroup.__attribute__.size	 = 	
sPTXData.sPTXMPRGroupArray.anMember.__attribute__.size	 = 	
sPTXData.sPTXMPRGroupArray.sPSat.ulShape	 = 	1
sPTXData.asPTXVolume.__attribute__.size	 = 	0
sInlineCardioEval.lInlineEvaMode	 = 	1
sInlineCardioEval.lNoOfPreps	 = 	1
sInlineCardioEval.alRecoveryDuration.__attribute__.size	 = 	1
sInlineCardioEval.alRecoveryDuration[0]	 = 	1
sInlineCardioEval.alSamplingDuration.__attribute__.size	 = 	1
sInlineCardioEval.alSamplingDuration[0]	 = 	1
sInteractive.ucTracking	 = 	0x0
sInteractive.ucSliceFollowing	 = 	1
sInteractive.ucSliceFollowingMode	 = 	1
sInteractive.lTrackingBackgroundSuppr	 = 	5
sInteractive.lTrackingSensitivity	 = 	1
sInteractive.lTrackingFlipAngle	 = 	10
sInteractive.ucPause	 = 	0x0
sInteractive.ucMosaic	 = 	0x0
sInteractive.ucSkipPhysioTrigger	 = 	0x0
sInteractive.lDephasingGradients	 = 	0
sInteractive.ucTrackingOnly	 = 	0x0
sInteractive.lTrackingDeviceIndex	 = 	0
sInteractive.alDephasingGradientAngle.__attribute__.size	 = 	32
sDixonData.ucDixonEvaluation	 = 	0x0
sDixonData.sMrDixonOptions.ucDixonFat	 = 	0x0
sDixonData.sMrDixonOptions.ucDixonWater	 = 	0x0
sDixonData.sMrDixonOptions.ucDixonInPhase	 = 	0x0
sDixonData.sMrDixonOptions.ucDixonOpposedPhase	 = 	0x0
sDixonData.sMrDixonOptions.ucDixonOriginalEchoes	 = 	0x1
sDixonData.sMrDixonEvaluationOptions.ucDixonEvaWaterFraction	 = 	0x0
sDixonData.sMrDixonEvaluationOptions.ucDixonEvaFatFraction	 = 	0x0
sDixonData.sMrDixonEvaluationOptions.ucDixonEvaT2Star	 = 	0x0
sDixonData.sMrDixonEvaluationOptions.ucDixonEvaR2Star	 = 	0x0
sDixonData.sMrDixonEvaluationOptions.ucDixonEvaReport	 = 	0x0
asDynamicAdjustVolumes.__attribute__.size	 = 	0
sCommonIterRecon.lIterations	 = 	30
sCommonIterRecon.eReconMethod	 = 	1
sCommonIterRecon.dRegularization	 = 	
sCommonIterRecon.eDenoisingMode	 = 	1
sCommonIterRecon.lDenoisingStrength	 = 	5
sCommonIterRecon.dScalingFactor	 = 	0.0
sCommonIterRecon.dTemporalScaleFactor	 = 	5.0
sCommonIterRecon.dThresholdWavelet	 = 	
sCommonIterRecon.dTolerance	 = 	
sCommonIterRecon.sGRASPData.lNumPhases	 = 	2
sCommonIterRecon.sGRASPData.ucPreview	 = 	0x0
sCommonIterRecon.sGRASPData.ucLiverAutoBolusDetection	 = 	0x0
sCommonIterRecon.sGRASPData.eWorkflow	 = 	1
sCommonIterRecon.sGRASPData.ucLiverGating	 = 	0x0
sCommonIterRecon.sGRASPData.eRedNumberReconVolumes	 = 	1
sCommonIterRecon.sGRASPData.dBolusDelay	 = 	5.0
sCommonIterRecon.sGRASPData.adDuration.__attribute__.size	 = 	2
sCommonIterRecon.sGRASPData.adDuration[0]	 = 	1.0
sCommonIterRecon.sGRASPData.adTemporalResolution.__attribute__.size	 = 	2
sCommonIterRecon.sGRASPData.alReconstructedVolumes.__attribute__.size	 = 	2
sCommonIterRecon.sGRASPData.alReconstructedVolumes[0]	 = 	1
sSliceAcceleration.lMultiBandFactor	 = 	
sSliceAcceleration.lFOVShiftFactor	 = 	
MrFingerprinting.MrfMode	 = 	1
MrFingerprinting.MrfUserMode	 = 	0
MrFingerprinting.MrfDictUUID.__attribute__.size	 = 	16
MrAdvancedReconstruction.lAdvancedReconstructionMode	 = 	1
MrAdvancedReconstruction.sIterativeDenoising.lDenoisingStrength	 = 	3
MrAdvancedReconstruction.sIterativeDenoising.lEdgeEnhancementStrength	 = 	3
MrAdvancedReconstruction.sIterativeDenoising.ucEdgeEnhancementOn	 = 	0x1
tdefaultEVAProt	 = 	
ucEnableNoiseAdjust	 = 	1
ucWaitForPrepareCompletion	 = 	0x1
lRepetitions	 = 	
lParadigmPeriodicity	 = 	
ucInteractiveRealtime	 = 	0x1
sProtConsistencyInfo.tSystemType	 = 	
sProtConsistencyInfo.flNominalB0	 = 	
sProtConsistencyInfo.flGMax	 = 	
sProtConsistencyInfo.flRiseTime	 = 	
sProtConsistencyInfo.lMaximumNofRxReceiverChannels	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationZY.aflAmplitude[0]	 = 	
sGRADSPEC.asGPAData[0].sCrossTermCompensationZY.aflTimeConstant[0]	 = 	
sTXSPEC.aRFPULSE[0].flAmplitude	 = 	
sTXSPEC.aRFPULSE[0].flAmplitudeNL	 = 	
sTXSPEC.aRFPULSE[0].bAmplitudeValid	 = 	0x1
sTXSPEC.aPTXRFPulse[0].lPulseType	 = 	1
sTXSPEC.aPTXRFPulse[0].lTrajectoryType	 = 	1
sTXSPEC.aPTXRFPulse[0].lB1ShimType	 = 	1
sTXSPEC.aPTXRFPulse[0].lB0CorrectionType	 = 	1
sTXSPEC.aPTXRFPulse[0].dPulseAcceleration	 = 	1.0
sAdjData.uiAdjFreProtRelated	 = 	0x1
sAdjData.uiAdjVolumeValid	 = 	0x1
sAdjData.sAdjVolume.sPosition.dSag	 = 	
sAdjData.sAdjVolume.sNormal.dSag	 = 	
sSliceArray.asSlice[0].sPosition.dSag	 = 	
sSliceArray.asSlice[0].sNormal.dSag	 = 	
sPat.lRefLinesPE	 = 	44
sAAInitialOffset.SliceInformation.sPosition.dSag	 = 	
sAAInitialOffset.SliceInformation.sNormal.dSag	 = 	
sCoilSelectMeas.dOverallImageScaleFactor	 = 	
sCoilSelectMeas.dOverallImageScaleCorrectionFactor	 = 	1.0
sCoilSelectMeas.dAutoCoilSelectIlluRangeScale	 = 	0.7
sCoilSelectUI.dOverallImageScaleFactor	 = 	1.0
sCoilSelectUI.dOverallImageScaleCorrectionFactor	 = 	1.0
sCoilSelectUI.dAutoCoilSelectIlluRangeScale	 = 	0.7
sCoilSelectUI.aRxCoilSelectData.__attribute__.size	 = 	2
sCoilSelectUI.aRxCoilSelectData[0].IgnoreCoilGroups	 = 	0x0
sCoilSelectUI.aRxCoilSelectData[0].BCCombineMode	 = 	1
sCoilSelectUI.aRxCoilSelectData[0].bSuppressMandatoryProperties	 = 	0x0
sCoilSelectUI.aRxCoilSelectData[0].BCCombineMatrix.__attribute__.size	 = 	0
sCoilSelectUI.aRxCoilSelectData[0].asList.__attribute__.size	 = 	8
sCoilSelectUI.aRxCoilSelectData[0].aFFT_SCALE.__attribute__.size	 = 	8
sCoilSelectUI.aTxCoilSelectData.__attribute__.size	 = 	2
sCoilSelectUI.aTxCoilSelectData[0].asList.__attribute__.size	 = 	32
sCoilSelectUI.aLocalShimCoilSelectData.__attribute__.size	 = 	1
sCoilSelectUI.aLocalShimCoilSelectData[0].asList.__attribute__.size	 = 	8
sCoilSelectUI.CoilPlugs.Plug.__attribute__.size	 = 	11
sCoilSelectUI.CoilPlugs.Plug[0].IdPart.__attribute__.size	 = 	8
sEFISPEC.sEFIData.asTHP_WithB0.__attribute__.size	 = 	5
sEFISPEC.sEFIData.asTHP_WithoutB0.__attribute__.size	 = 	5
sEFISPEC.sEFIData.asTHP_EfiDas1.__attribute__.size	 = 	5
sEFISPEC.sEFIData.sPhaseshiftAndWeightsPara.__attribute__.size	 = 	4
sEFISPEC.sEFIData.sOffsetParameter.aflOffsetK.__attribute__.size	 = 	3
sEFISPEC.sEFIData.sOffsetParameter.alBOffsetK.__attribute__.size	 = 	3
ucBOLDParadigmArray[0]	 = 	
sWorkflow.ucWaitForUserStart	 = 	0x1
sAdjData.sAdjVolume.dInPlaneRot	 = 	
alTI[0]	 = 	
sSliceArray.asSlice[0].dInPlaneRot	 = 	
sPhysioImaging.sPhysioResp.lAcqusitionWindowPercent	 = 	25
sSpecPara.lFinalMatrixSizePhase	 = 	
sSpecPara.lFinalMatrixSizeRead	 = 	
sSpecPara.lFinalMatrixSizeSlice	 = 	
sSpecPara.dSpecLipidSupprBandwidth	 = 	
sSpecPara.dSpecLipidSupprDeltaPos	 = 	
sSpecPara.dSpecWaterSupprBandwidth	 = 	
sDiffusion.lDiffWeightings	 = 	2
sDiffusion.lNoiseLevel	 = 	40
sDiffusion.lDiffDirections	 = 	20
sDiffusion.lQSpaceMaxBValue	 = 	50
sDiffusion.alBValue[0]	 = 	
sDiffusion.alAverages[0]	 = 	1
sAAInitialOffset.SliceInformation.dInPlaneRot	 = 	
sWipMemBlock.tFree	 = 	
sWipMemBlock.alFree[0]	 = 	
sWipMemBlock.adFree[0]	 = 	
sWorkflow.UIConfigurator	 = 	
ucTablePositioningMode	 = 	1
ucDixon	 = 	1
ucDixonSaveOriginal	 = 	0x1
lDelayTimeInTR	 = 	
ucInlineEva	 = 	1
ucForcePositioningOnNDIS	 = 	1
sProtConsistencyInfo.tMeasuredBaselineString	 = 	
sProtConsistencyInfo.tBaselineString	 = 	
sGRADSPEC.bEddyCompensationValid	 = 	1
sGRADSPEC.bB0CompensationValid	 = 	1
sGRADSPEC.bCrossTermCompensationValid	 = 	1
sGRADSPEC.lOffsetX	 = 	
sGRADSPEC.lOffsetY	 = 	
sGRADSPEC.lOffsetZ	 = 	
sGRADSPEC.bOffsetValid	 = 	1
sGRADSPEC.lDelayX	 = 	35
sGRADSPEC.lDelayY	 = 	35
sGRADSPEC.lDelayZ	 = 	31
sGRADSPEC.bDelayValid	 = 	1
sGRADSPEC.flSensitivityX	 = 	
sGRADSPEC.flSensitivityY	 = 	
sGRADSPEC.flSensitivityZ	 = 	
sGRADSPEC.bSensitivityValid	 = 	1
sGRADSPEC.sEddyCompensationX.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sEddyCompensationX.aflAmplitude[0]	 = 	
sGRADSPEC.sEddyCompensationX.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sEddyCompensationX.aflTimeConstant[0]	 = 	
sGRADSPEC.sEddyCompensationY.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sEddyCompensationY.aflAmplitude[0]	 = 	
sGRADSPEC.sEddyCompensationY.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sEddyCompensationY.aflTimeConstant[0]	 = 	
sGRADSPEC.sEddyCompensationZ.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sEddyCompensationZ.aflAmplitude[0]	 = 	
sGRADSPEC.sEddyCompensationZ.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sEddyCompensationZ.aflTimeConstant[0]	 = 	
sGRADSPEC.sB0CompensationX.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sB0CompensationX.aflAmplitude[0]	 = 	
sGRADSPEC.sB0CompensationX.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sB0CompensationX.aflTimeConstant[0]	 = 	
sGRADSPEC.sB0CompensationY.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sB0CompensationY.aflAmplitude[0]	 = 	
sGRADSPEC.sB0CompensationY.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sB0CompensationY.aflTimeConstant[0]	 = 	
sGRADSPEC.sB0CompensationZ.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sB0CompensationZ.aflAmplitude[0]	 = 	
sGRADSPEC.sB0CompensationZ.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sB0CompensationZ.aflTimeConstant[0]	 = 	
sGRADSPEC.sCrossTermCompensationXY.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationXY.aflAmplitude[0]	 = 	
sGRADSPEC.sCrossTermCompensationXY.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationXY.aflTimeConstant[0]	 = 	
sGRADSPEC.sCrossTermCompensationXZ.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationXZ.aflAmplitude[0]	 = 	
sGRADSPEC.sCrossTermCompensationXZ.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationXZ.aflTimeConstant[0]	 = 	
sGRADSPEC.sCrossTermCompensationYX.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationYX.aflAmplitude[0]	 = 	
sGRADSPEC.sCrossTermCompensationYX.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationYX.aflTimeConstant[0]	 = 	
sGRADSPEC.sCrossTermCompensationYZ.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationYZ.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationZX.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationZX.aflAmplitude[0]	 = 	
sGRADSPEC.sCrossTermCompensationZX.aflTimeConstant.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationZX.aflTimeConstant[0]	 = 	
sGRADSPEC.sCrossTermCompensationZY.aflAmplitude.__attribute__.size	 = 	5
sGRADSPEC.sCrossTermCompensationZY.aflTimeConstant.__attribute__.size	 = 	5
sAdjData.uiDefaultExcitationModeImaging	 = 	0
sGroupArray.asGroup[0].dDistFact	 = 	0.2
sNavigatorPara.lBreathHoldDuration_us	 = 	
sPrepPulses.ucFatSat	 = 	1
sPrepPulses.ucWaterSat	 = 	4
sPrepPulses.dT2PrepDuration	 = 	
sKSpace.ucViewSharing	 = 	1
sMds.ulMdsVariableResolution	 = 	1
sMds.ulMdsReconMode	 = 	1
`

/**
 * Names that manufacturers' private texts are made of (SPEC §5.7). Blobs may be compressed as if they stood behind it.
 * 48 KB that few files need: import() it.
 */
export const VOCABULARY = new TextEncoder().encode(text)
